// Package view shows an emulated board to people: as text here, on a web page
// in the folder web.
//
// A [Snapshot] is what there is to see at an instant: the matrix and the stick
// of the board, and readings that a program has put into words. Everything that
// makes text of it is a pure function:
//
//	s := view.Take(board)
//	s.Readings = []view.Reading{{Name: "pressure", Value: "1013.25 hPa"}}
//	fmt.Print(view.Text(s, &view.TextOptions{Color: true}))
//
// In colour a row of text is two rows of the matrix, in half blocks, for
// terminals that know 24-bit colour; without, a pixel is a letter, for logs and
// screen readers.
package view
