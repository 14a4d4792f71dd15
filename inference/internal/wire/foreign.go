package wire

import (
	"bytes"
	"fmt"
	"strings"
)

// signatures are the beginnings of files that people hand in by mistake.
var signatures = []struct {
	at     int
	prefix string
	what   string
}{
	{0, "version https://git-lfs", "a Git LFS pointer; fetch the file itself with git lfs pull"},
	{0, "PK\x03\x04", "a zip archive, as PyTorch, Keras and app packages are; take the .onnx file out of it or export the model to ONNX"},
	{0, "\x1f\x8b", "gzip-compressed data; unpack it first"},
	{0, "\x28\xb5\x2f\xfd", "zstd-compressed data; unpack it first"},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras writes"},
	{0, "\x93NUMPY", "a NumPy array"},
	{0, "\x80\x02", "a Python pickle, as older PyTorch and scikit-learn write"},
	{0, "\x80\x03", "a Python pickle"},
	{0, "\x80\x04", "a Python pickle"},
	{0, "\x80\x05", "a Python pickle"},
	{0, "GGUF", "a GGUF file"},
	{0, "\x7fELF", "a program"},
	{4, "TFL3", "a TensorFlow Lite model"},
	{4, "ORTM", "a model in ONNX Runtime's own .ort format; export it as .onnx"},
	{10, "__metadata__", "a safetensors file"},
}

// foreign names what b is when it is recognisably no model, for an error message; "" when it may be one.
func foreign(b []byte) string {
	if len(b) == 0 {
		return "an empty file"
	}
	for _, s := range signatures {
		if len(b) > s.at && bytes.HasPrefix(b[s.at:], []byte(s.prefix)) {
			return s.what
		}
	}
	if head := b[:min(len(b), 512)]; printable(head) { // the tags of a model are control bytes
		return fmt.Sprintf("a text file that starts with %q", firstLine(head))
	}
	return ""
}

// printable reports whether b could be text: no control bytes but tabs and line ends.
func printable(b []byte) bool {
	return !bytes.ContainsFunc(b, func(r rune) bool {
		return r < ' ' && !strings.ContainsRune("\t\r\n", r)
	})
}

func firstLine(b []byte) string {
	line, _, _ := strings.Cut(strings.TrimLeft(string(b), " \t\r\n\ufeff"), "\n")
	return line[:min(len(line), 40)]
}
