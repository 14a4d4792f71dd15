package zstd_test

import (
	"bytes"
	"fmt"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/zstd"
)

// What the consumer of a lane with batches of frames, compressed, does.
func Example() {
	z, err := zstd.New(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	frame := append([]byte{10}, "21.5 °C\r\n"...) // 10 bytes
	payload := z.Compress(nil, bytes.Repeat(frame, 3))

	b, err := zstd.Decompress(payload, 1<<20)
	if err != nil {
		fmt.Println(err)
		return
	}
	for message, err := range transport.Frames(b) {
		fmt.Printf("%q %v\n", message, err)
	}
	_, err = zstd.Decompress(payload, 20)
	fmt.Println(err)
	// Output:
	// "21.5 °C\r\n" <nil>
	// "21.5 °C\r\n" <nil>
	// "21.5 °C\r\n" <nil>
	// zstd: larger than the limit when decompressed
}
