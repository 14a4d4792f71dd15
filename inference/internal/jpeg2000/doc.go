// Package jpeg2000 decodes JPEG 2000 Part 1 images: JP2 files and raw codestreams, as ITU-T T.800 (ISO/IEC 15444-1)
// describes them. Sections, tables and figures named in this package are those of T.800 (08/2002).
//
// [DecodeConfig] reads headers alone; [Decode] gives an [image.Gray], [image.RGBA] or, with an opacity channel, an
// [image.NRGBA] of eight bits a channel:
//
//	cfg, err := jpeg2000.DecodeConfig(data)
//	...
//	img, err := jpeg2000.Decode(data)
//
// # What is decoded
//
// Everything of Part 1 that still pictures use: one to four components of 1 to 16 bits, signed or not, sub-sampled or
// not; tiles, tile-parts, all progressions and changes of them, precincts, layers, packed packet headers; both wavelets and
// both component transforms; every code-block style; regions of interest; palettes, channel definitions, and the grey,
// sRGB and sYCC colour spaces. Colour profiles are not applied. CMYK, Part 2 extensions and the block coder of Part 15
// (HTJ2K) are an [UnsupportedError].
//
// Samples of more than eight bits are rounded to eight, narrower ones are spread over the whole range. A component
// that is sub-sampled is enlarged by repetition.
//
// # How it goes
//
// A file goes through the files of this package in this order: boxes finds the codestream and what the samples mean;
// codestream and params read its marker segments and gather each tile's bytes; tile lays a tile out in resolutions,
// subbands and precincts; progression says in which order their packets come; packet and tagtree read which bytes
// belong to which code-block; block and mq turn these into wavelet coefficients; wavelet makes samples of them;
// component undoes the component transform; color puts the picture together. A tile is done before the next is begun.
//
// # Hostile input
//
// No input panics. An image has at most 64 Mi samples and no side longer than 128 Ki, a tile at most 128 Ki precincts
// and 512 Ki code-blocks, and all are checked before memory is taken: about five bytes a sample, and up to four more a
// pixel for the picture. Every packet that the headers promise must be there: a stream that was cut short is a
// [FormatError], not half a picture.
//
// Time grows with the samples declared and with the length of the input; [DecodePaced] can be stopped.
package jpeg2000
