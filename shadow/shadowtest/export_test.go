package shadowtest

// For tests on file systems and files of their own.
var (
	OpenOn   = open
	Checksum = checksum
)

func FileName(thing, name string) string { return fileName(key{thing, name}) }
