// Package streams fetches files over MQTT in blocks: AWS IoT Core's "MQTT-based
// file delivery".
//
//	c, err := streams.New(out.Conn(), "hub-7", nil)
//	if err != nil {
//		return err
//	}
//	err = c.Fetch(ctx, streams.File{Stream: "model-12", ID: 0, Size: 3 << 20, SHA256: sum}, "/var/lib/hub/model.onnx")
//
// A stream is a list of files with a version. What to fetch usually comes in a
// job's document: the stream, the number of the file, its size and its SHA-256.
//
// # How a file arrives
//
// [Client.Fetch] describes the stream, then asks for blocks, at most
// [Options.Window] bytes at a time, always the lowest that are missing: as a run,
// or by a bitmap where some have arrived. Blocks that come twice, that nobody
// asked for, or that are not of the right length are ignored; what does not come
// is asked for again. A connection that is lost is waited for, and the transfer
// goes on where it was. When the stream's version changes, the transfer begins
// anew, as blocks of two versions do not fit together.
//
// # On the disk
//
// The file appears under its path when it is whole, its checksum was right, and
// all of it is on the disk. Until then its blocks lie in path.part, and
// path.blocks lists those that are on the disk, each with its own checksum: a
// process that died, or a power cut, costs what came since the last sync
// ([Options.SyncEvery]), and each block is checked when the transfer is taken
// up again. Both are deleted in the end; path.lock, which keeps a second process
// out, stays. Files are readable by their owner only.
//
// Fetch of a file that is already there, by its checksum, returns at once, so
// that a job that is carried out again after a crash costs nothing.
package streams
