package shadow

import "github.com/brinkml/brink/internal/durable"

// BindFS is Bind on a file system of the test's choice.
func BindFS[D, R any](c Conn, thing string, o *Options[D, R], fsys durable.FS) (*Shadow[D, R], error) {
	return bind(c, thing, o, fsys)
}
