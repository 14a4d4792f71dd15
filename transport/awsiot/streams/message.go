package streams

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The messages of the service, by the page "Using AWS IoT MQTT-based file
// delivery in devices" of the AWS IoT developer guide.

type describeRequest struct {
	Token string `json:"c"`
}

type getRequest struct {
	Token   string `json:"c"`
	Version int64  `json:"s"`
	File    int    `json:"f"`
	Block   int    `json:"l"` // bytes
	Offset  int    `json:"o"` // of the first block
	Count   int    `json:"n"` // of the blocks that are asked for
	Bitmap  string `json:"b,omitempty"`
}

// Description is what the service tells of a stream.
type Description struct {
	Version int64
	Text    string
	Files   []Entry
}

// Entry is one file of a stream.
type Entry struct {
	ID   int   // 0 to 255
	Size int64 // bytes
}

func (d Description) find(id int) (Entry, bool) {
	for _, f := range d.Files {
		if f.ID == id {
			return f, true
		}
	}
	return Entry{}, false
}

// parseDescription reads a description and the token of the request that it
// answers.
func parseDescription(payload []byte) (d Description, token string, err error) {
	var m struct {
		Token   string `json:"c"`
		Version *int64 `json:"s"`
		Text    string `json:"d"`
		Files   []struct {
			ID   *int   `json:"f"`
			Size *int64 `json:"z"`
		} `json:"r"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return d, "", err
	}
	if m.Version == nil || *m.Version < 0 {
		return d, m.Token, errors.New("no stream version")
	}
	if len(m.Files) > maxFiles {
		return d, m.Token, fmt.Errorf("%d files; the limit is %d", len(m.Files), maxFiles)
	}
	d = Description{Version: *m.Version, Text: m.Text}
	for i, f := range m.Files {
		if f.ID == nil || *f.ID < 0 || *f.ID > maxFileID || f.Size == nil || *f.Size < 0 {
			return Description{}, m.Token, fmt.Errorf("entry %d has no file identifier or no size", i)
		}
		if _, twice := d.find(*f.ID); twice {
			return Description{}, m.Token, fmt.Errorf("file %d twice", *f.ID)
		}
		d.Files = append(d.Files, Entry{*f.ID, *f.Size})
	}
	return d, m.Token, nil
}

// block is one block of a file as it arrives.
type block struct {
	token   string
	file    int
	index   int
	payload []byte
}

func parseBlock(payload []byte) (block, error) {
	var m struct {
		Token   string `json:"c"`
		File    *int   `json:"f"`
		Length  *int   `json:"l"`
		Index   *int   `json:"i"`
		Payload []byte `json:"p"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return block{}, err
	}
	if m.File == nil || m.Index == nil {
		return block{}, errors.New("no file identifier or no block number")
	}
	// The page says that l is the size of the payload; a service that repeats
	// the size of the request there means the same block.
	if m.Length != nil && *m.Length < len(m.Payload) {
		return block{}, fmt.Errorf("%d bytes of payload in a block of %d", len(m.Payload), *m.Length)
	}
	return block{m.Token, *m.File, *m.Index, m.Payload}, nil
}

type rejection struct {
	code, text, token string
}

// parseRejection takes the short names of fields and the long ones, which the
// service sends for the sake of older devices.
func parseRejection(payload []byte) (rejection, error) {
	var m struct {
		O           string `json:"o"`
		M           string `json:"m"`
		C           string `json:"c"`
		Code        string `json:"code"`
		Message     string `json:"message"`
		ClientToken string `json:"clientToken"`
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		return rejection{}, err
	}
	r := rejection{first(m.O, m.Code), first(m.M, m.Message), first(m.C, m.ClientToken)}
	if r.code == "" {
		return rejection{}, errors.New("no error code")
	}
	return r, nil
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// marshal is for structs of strings and numbers, which cannot fail.
func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("streams: " + err.Error())
	}
	return b
}
