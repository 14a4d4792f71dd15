package ledmatrix_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

func Example() {
	// On a Raspberry Pi: bus, err := i2creg.Open("1") after host.Init().
	bus := emulator.New(nil)
	dev, err := ledmatrix.New(bus, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Halt()
	green := image.NewUniform(color.RGBA{G: 200, A: 255})
	for i, height := range []int{1, 2, 4, 7, 8, 5, 3, 1} {
		bar := image.Rect(i, 8-height, i+1, 8)
		if err := dev.Draw(bar, green, image.Point{}); err != nil {
			fmt.Println(err)
			return
		}
	}
	pixels := bus.Pixels()
	for y := range 8 {
		for _, p := range pixels[8*y : 8*y+8] {
			if p.G > 0 {
				fmt.Print("#")
			} else {
				fmt.Print(".")
			}
		}
		fmt.Println()
	}
	// Output:
	// ....#...
	// ...##...
	// ...##...
	// ...###..
	// ..####..
	// ..#####.
	// .######.
	// ########
}

// A picture of any size is decoded by the program, which links the formats that it needs.
func ExampleDev_Load() {
	bus := emulator.New(nil)
	dev, err := ledmatrix.New(bus, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var file bytes.Buffer // os.Open("picture.png"), say
	ring := image.NewGray(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			if d := (2*x-63)*(2*x-63) + (2*y-63)*(2*y-63); d > 40*40 && d < 60*60 {
				ring.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	if err := png.Encode(&file, ring); err != nil {
		fmt.Println(err)
		return
	}

	img, err := png.Decode(&file)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := dev.Load(img); err != nil {
		fmt.Println(err)
		return
	}
	for y := range 8 {
		var row strings.Builder
		for x := range 8 {
			r, _, _, _ := dev.At(x, y).RGBA()
			row.WriteByte(" .:*#"[r>>8*5>>8])
		}
		fmt.Printf("%q\n", row.String())
	}
	// Output:
	// "  :**:  "
	// " *#::#* "
	// ":#    #:"
	// "*:    :*"
	// "*:    :*"
	// ":#    #:"
	// " *#::#* "
	// "  :**:  "
}
