//go:build !arm

package optimize

// The fast convolutions want the channels of a pixel next to each other. The pass goes through the nodes once. A value
// gets a twin with its channels last where a convolution asks for one, and what comes after works on twins for as long
// as it can; the value itself is only made, by a Transpose right before its first reader, where something must have it
// as it was. So transposes stay where a network begins and ends.
var layout = Pass{
	Name: "layout",
	Doc:  "have convolutions, and what is between them, work on images whose channels are last",
	run:  channelsLast,

	last: true, // what it writes is known to few passes
}
