package jobs

import (
	"github.com/brinkml/brink/internal/durable"
	"github.com/brinkml/brink/transport/awsiot"
)

// NewFS is New on a file system of the test's choice.
func NewFS(conn awsiot.Conn, thing string, o *Options, fsys durable.FS) (*Jobs, error) {
	j, err := New(conn, thing, o)
	if err == nil {
		j.fs = fsys
	}
	return j, err
}
