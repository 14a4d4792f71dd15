package streams

import (
	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
)

// NewFS is New on another file system.
func NewFS(conn awsiot.Conn, thing string, o *Options, fsys durable.FS) (*Client, error) {
	c, err := New(conn, thing, o)
	if c != nil {
		c.fs = fsys
	}
	return c, err
}
