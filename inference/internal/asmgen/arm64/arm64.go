// Package arm64 has the kernels of arm64 as [neon] writes them.
package arm64

import "github.com/brinkml/brink/inference/internal/asmgen/neon"

// Family is a set of kernels that stand in one file.
type Family struct {
	File     string // below kernels, without its ending
	Generate func(*neon.File) error
}

// Families lists what there is. A family is added here and nowhere else.
var Families = []Family{
	{"f32/tile_neon", tile},
	{"f32/depthwise_neon", depthwise},
	{"i8/tile_dotprod", i8Dot},
	{"i8/tile_neon", i8Long},
	{"i8/depthwise_neon", i8Depthwise},
}
