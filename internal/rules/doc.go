// Package rules holds the rules of the whole tree as tests: which package may import which, that every package
// explains itself, how large a program becomes that links them, and that an example can be copied out of the tree.
//
// It exports nothing.
package rules
