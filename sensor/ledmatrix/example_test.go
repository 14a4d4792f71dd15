package ledmatrix_test

import (
	"fmt"
	"image"
	"image/color"

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
