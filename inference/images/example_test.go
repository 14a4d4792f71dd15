package images_test

import (
	"context"
	"fmt"

	"github.com/brinkml/brink/inference/images"
)

func ExampleDecode() {
	file := []byte("P6 2 1 255\n" + "\xff\x00\x00" + "\x00\x00\xff") // a red pixel and a blue one
	limit := int64(1 << 20)
	take := func(bytes int64) error {
		if limit -= bytes; limit < 0 {
			return fmt.Errorf("no memory left")
		}
		return nil
	}
	width, height, rgb, err := images.Decode(context.Background(), file, take)
	fmt.Println(width, height, rgb, err)
	// Output: 2 1 [255 0 0 0 0 255] <nil>
}
