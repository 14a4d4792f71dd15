// Package tools is a module of its own: it pins the programs that check this repository, so that nobody who uses
// the library downloads them.
package tools
