package defender

import "github.com/brinkml/brink/internal/durable"

// SetFS makes a reporter keep its identifiers elsewhere.
func (r *Reporter) SetFS(fsys durable.FS) { r.fs = fsys }
