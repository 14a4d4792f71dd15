package view_test

import (
	"fmt"
	"image"
	"image/color"

	"github.com/brinkml/brink/sensor/emulator"
	"github.com/brinkml/brink/sensor/emulator/view"
	"github.com/brinkml/brink/sensor/ledmatrix"
)

func ExampleText() {
	board := emulator.New(nil)
	matrix, err := ledmatrix.New(board, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, c := range []color.Color{color.RGBA{R: 255, A: 255}, color.RGBA{G: 255, A: 255}, color.RGBA{R: 90, G: 90, A: 255}} {
		if err := matrix.Draw(image.Rect(2*i, 2*i, 2*i+4, 2*i+2), image.NewUniform(c), image.Point{}); err != nil {
			fmt.Println(err)
			return
		}
	}
	s := view.Take(board)
	s.Readings = []view.Reading{{Name: "temperature", Value: "21.0 °C"}, {Name: "humidity", Value: "45 %RH"}}
	fmt.Print(view.Text(s, nil))
	// Output:
	// RRRR....  temperature  21.0 °C
	// RRRR....  humidity     45 %RH
	// ..GGGG..
	// ..GGGG..
	// ....yyyy
	// ....yyyy
	// ........
	// ........
	// stick -
}
