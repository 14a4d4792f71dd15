module github.com/brinkml/brink/inference/bench

go 1.26.0

require (
	github.com/brinkml/brink v0.0.0-00010101000000-000000000000
	github.com/ebitengine/purego v0.11.3
)

require (
	golang.org/x/sys v0.49.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
)

replace github.com/brinkml/brink => ../..
