package ort_test

import (
	"context"
	"fmt"
	"log"

	"mindgap/loaders/ort"
)

// Start finds or fetches the library and loads it; what it did is in Library.
func ExampleStart() {
	runtime, err := ort.Start(context.Background(), ort.Options{})
	if err != nil {
		log.Fatal(err)
	}
	providers := runtime.Providers()
	fmt.Println(runtime.Library.Version != "", providers[len(providers)-1])
	// Output: true CPUExecutionProvider
}
