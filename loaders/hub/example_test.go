package hub_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"testing/fstest"

	"mindgap/loaders/hub"
	"mindgap/loaders/hub/hubtest"
)

// A repository is looked at without fetching its files; opening one fetches it.
func ExampleClient_Open() {
	server := hubtest.New() // instead of the Hub itself
	defer server.Close()
	if _, err := server.Add("models/org/tiny", fstest.MapFS{
		"config.json":       {Data: []byte(`{"model_type": "clip"}`)},
		"model.safetensors": {Data: make([]byte, 1<<20)},
	}); err != nil {
		fmt.Println(err)
		return
	}
	cache, err := os.MkdirTemp("", "hub")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(cache)

	client := hub.New(hub.Options{Endpoint: server.URL, CacheDir: cache}) // usually of hub.FromEnvironment
	repo, err := hub.ParseRepo(hub.Model, "org/tiny")
	if err != nil {
		fmt.Println(err)
		return
	}
	files, err := client.Open(context.Background(), repo)
	if err != nil {
		fmt.Println(err)
		return
	}
	weights, err := fs.Stat(files, "model.safetensors")
	fmt.Println(weights.Size(), err)
	config, err := fs.ReadFile(files, "config.json")
	fmt.Println(string(config), err)
	fmt.Println(files.Present("config.json"), files.Present("model.safetensors"))
	// Output:
	// 1048576 <nil>
	// {"model_type": "clip"} <nil>
	// true false
}
