package datasets_test

import (
	"context"
	"fmt"
	"log"

	"mindgap/datasets"
)

func ExampleOpen() {
	ctx := context.Background()
	d, err := datasets.Open(ctx, "builtin", datasets.Options{Target: "group", Limit: 2})
	if err != nil {
		log.Fatal(err)
	}
	defer d.Close()
	info := d.Info()
	fmt.Println(info.Len, "items in", len(info.Classes), "classes")
	for it, err := range d.Items(ctx) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(it.ID, it.Captions, datasets.Prompt(info.Templates[0], info.Classes[it.Label]))
	}
	// Output:
	// 2 items in 9 classes
	// png/1f4c4.png [an image of page facing up, an object.] an emoji of an object.
	// png/1f31b.png [clip art of first quarter moon face, planet and evening.] an emoji of a vehicle or place.
}
