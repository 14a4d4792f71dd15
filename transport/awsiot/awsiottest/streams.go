package awsiottest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest/internal/play"
)

// Streams is the service of MQTT-based file delivery, over its JSON topics. Its
// methods are safe for concurrent use.
//
// It checks requests as the service's page says, and sends at most 128 KiB in
// answer to one. Where the page is silent it does the stricter thing: a request
// for a block beyond the end of the file is refused with InvalidRequest, as was
// observed of the service.
type Streams struct {
	stage   play.Stage
	mu      sync.Mutex
	streams map[string]*stream
	script  func(StreamsRequest) StreamsFault
	stats   StreamsStats
}

type stream struct {
	version int64
	text    string
	files   map[int][]byte
}

// StreamsStats counts what the service did.
type StreamsStats struct {
	Describes, Gets int
	Rejected        int   // of both
	Blocks          int   // sent
	Bytes           int64 // of content, sent
}

// StreamsRequest is a request as a script sees it.
type StreamsRequest struct {
	Thing, Stream string
	Op            string // "describe" or "get"
	File          int
	BlockSize     int
	Blocks        []int // that will be sent, unless the script decides otherwise
	Bitmap        bool  // they were named by a bitmap
	Token         string
}

// StreamsFault is what befalls a request. The zero value: nothing.
type StreamsFault struct {
	Reject               string // it is refused with this code
	Tokenless, LongNames bool   // how the refusal is written
	Silent               bool   // there is no answer
	// Drop says which blocks are lost; nil: none.
	Drop func(block int) bool
	// Twice sends each block twice, and Reverse the last one first.
	Twice, Reverse bool
	// Strays are sent before the answer, as they are, on the topic of data.
	Strays [][]byte
	// Change is called with the content of each block and returns what is sent.
	Change func(block int, content []byte) []byte
}

// NewStreams makes a service without streams.
func NewStreams() *Streams { return &Streams{streams: map[string]*stream{}} }

// Put makes a stream, or changes it, which makes its next version; it returns
// that.
func (s *Streams) Put(id, text string, files map[int][]byte) (version int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.streams[id] == nil {
		s.streams[id] = &stream{}
	}
	st := s.streams[id]
	st.version++
	st.text, st.files = text, maps.Clone(files)
	return st.version
}

// Delete deletes a stream.
func (s *Streams) Delete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.streams, id)
}

// Script sets what befalls every request from now on; nil: nothing. f may call
// the service's other methods.
func (s *Streams) Script(f func(StreamsRequest) StreamsFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = f
}

// Stats returns the counters.
func (s *Streams) Stats() StreamsStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Serve answers the requests of all things over a connection, until ctx ends;
// it returns ctx's error. Everything runs on the calling goroutine.
func (s *Streams) Serve(ctx context.Context, c awsiot.Conn) error {
	filters := []string{"$aws/things/+/streams/+/describe/json", "$aws/things/+/streams/+/get/json"}
	return s.stage.Serve(ctx, c, filters, s.handle, nil)
}

// streamsRefusal is why a request is refused.
type streamsRefusal struct{ code, text string }

func (s *Streams) handle(m play.Message, send func(play.Message)) {
	p := strings.Split(m.Topic, "/")
	if len(p) != 7 {
		return
	}
	prefix := strings.Join(p[:5], "/")
	r := StreamsRequest{Thing: p[2], Stream: p[4], Op: p[5]}
	var q struct {
		Token   string  `json:"c"`
		Version *int64  `json:"s"`
		File    *int    `json:"f"`
		Block   *int    `json:"l"`
		Offset  int     `json:"o"`
		Count   *int    `json:"n"`
		Bitmap  *string `json:"b"`
	}
	var why *streamsRefusal
	switch err := json.Unmarshal(m.Payload, &q); {
	case err != nil:
		why = &streamsRefusal{"InvalidJson", "The request is not valid JSON."}
	case len(q.Token) > 64:
		q.Token = ""
		why = &streamsRefusal{"InvalidRequest", "The client token is too long."}
	}
	r.Token = q.Token

	s.mu.Lock()
	st := s.streams[r.Stream]
	var version int64
	var text string
	var files map[int][]byte
	if st != nil {
		version, text, files = st.version, st.text, st.files
	}
	script := s.script
	s.mu.Unlock()
	var content []byte
	if why == nil && st == nil {
		why = &streamsRefusal{"ResourceNotFound", "The stream does not exist."}
	}
	if r.Op == "get" && why == nil {
		r.Bitmap = q.Bitmap != nil
		if q.File != nil {
			r.File = *q.File
		}
		if q.Block != nil {
			r.BlockSize = *q.Block
		}
		content = files[r.File]
		r.Blocks, why = streamsBlocks(r.BlockSize, q.Offset, q.Count, q.Bitmap, len(content))
		switch _, ok := files[r.File]; {
		case q.File == nil || q.Block == nil:
			why = &streamsRefusal{"InvalidRequest", "The file or the block size is missing."}
		case q.Version != nil && *q.Version != version:
			why = &streamsRefusal{"VersionMismatch", fmt.Sprintf("The stream has version %d.", version)}
		case !ok:
			why = &streamsRefusal{"ResourceNotFound", "The file does not exist."}
		}
	}
	var fault StreamsFault
	if script != nil {
		fault = script(r)
	}
	if fault.Reject != "" {
		why = &streamsRefusal{fault.Reject, "Scripted."}
	}
	s.count(func(c *StreamsStats) {
		if r.Op == "get" {
			c.Gets++
		} else {
			c.Describes++
		}
		if why != nil {
			c.Rejected++
		}
	})
	if r.Op == "get" {
		for _, b := range fault.Strays {
			send(play.Message{Topic: prefix + "/data/json", Payload: b})
		}
	}
	switch {
	case fault.Silent:
	case why != nil:
		send(play.Message{Topic: prefix + "/rejected/json", Payload: why.encode(r.Token, fault)})
	case r.Op == "describe":
		send(play.Message{Topic: prefix + "/description/json", Payload: describeStream(r.Token, version, text, files)})
	default:
		s.blocks(r, prefix+"/data/json", content, fault, send)
	}
}

// streamsBlocks reads which blocks a request asks for and gets.
func streamsBlocks(size, offset int, count *int, bitmap *string, length int) ([]int, *streamsRefusal) {
	if size < 256 || size > 128<<10 {
		return nil, &streamsRefusal{"BlockSizeOutOfBounds", "The block size is out of bounds"}
	}
	if offset < 0 || offset > 98304 {
		return nil, &streamsRefusal{"OffsetOutOfBounds", "The offset is out of bounds"}
	}
	limit := 128 << 10 / size
	n := limit
	if count != nil {
		if n = *count; n < 0 || n > 98304 {
			return nil, &streamsRefusal{"BlockCountLimitExceeded", "The number of blocks is out of bounds"}
		}
	}
	var list []int
	if bitmap == nil {
		for i := range n {
			list = append(list, offset+i)
		}
	} else {
		bits, err := hex.DecodeString(strings.TrimPrefix(*bitmap, "0x"))
		if err != nil {
			return nil, &streamsRefusal{"InvalidRequest", "The bitmap is not hexadecimal."}
		}
		if len(bits) >= 12288 {
			return nil, &streamsRefusal{"BlockBitmapLimitExceeded", "The bitmap is too long"}
		}
		for i := range 8 * len(bits) {
			if bits[i/8]&(1<<(i%8)) != 0 && (count == nil || len(list) < n) {
				list = append(list, offset+i)
			}
		}
	}
	total := (length + size - 1) / size
	if len(list) == 0 || list[len(list)-1] >= total {
		return nil, &streamsRefusal{"InvalidRequest", "The data requested is out of the range of data available."}
	}
	return list[:min(len(list), limit)], nil
}

func (s *Streams) blocks(r StreamsRequest, topic string, content []byte, fault StreamsFault, send func(play.Message)) {
	list := slices.Clone(r.Blocks)
	if fault.Reverse {
		slices.Reverse(list)
	}
	for _, i := range list {
		if fault.Drop != nil && fault.Drop(i) {
			continue
		}
		b := content[i*r.BlockSize : min(len(content), (i+1)*r.BlockSize)]
		if fault.Change != nil {
			b = fault.Change(i, bytes.Clone(b))
		}
		payload := EncodeBlock(r.Token, r.File, i, b)
		for range 1 + map[bool]int{true: 1}[fault.Twice] {
			s.count(func(c *StreamsStats) {
				c.Blocks++
				c.Bytes += int64(len(b))
			})
			send(play.Message{Topic: topic, Payload: payload})
		}
	}
}

func (s *Streams) count(f func(*StreamsStats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.stats)
}

// EncodeBlock is the message of one block, as [StreamsFault].Strays takes it.
func EncodeBlock(token string, file, index int, content []byte) []byte {
	return encodeJSON(struct {
		Token   string `json:"c,omitempty"`
		File    int    `json:"f"`
		Length  int    `json:"l"`
		Index   int    `json:"i"`
		Payload string `json:"p"`
	}{token, file, len(content), index, base64.StdEncoding.EncodeToString(content)})
}

func describeStream(token string, version int64, text string, files map[int][]byte) []byte {
	type entry struct {
		ID   int `json:"f"`
		Size int `json:"z"`
	}
	list := []entry{}
	for _, id := range slices.Sorted(maps.Keys(files)) {
		list = append(list, entry{id, len(files[id])})
	}
	return encodeJSON(struct {
		Token   string  `json:"c,omitempty"`
		Version int64   `json:"s"`
		Text    string  `json:"d,omitempty"`
		Files   []entry `json:"r"`
	}{token, version, text, list})
}

func (w *streamsRefusal) encode(token string, fault StreamsFault) []byte {
	if fault.Tokenless {
		token = ""
	}
	if fault.LongNames {
		return encodeJSON(struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Token   string `json:"clientToken,omitempty"`
		}{w.code, w.text, token})
	}
	return encodeJSON(struct {
		Code    string `json:"o"`
		Message string `json:"m"`
		Token   string `json:"c,omitempty"`
	}{w.code, w.text, token})
}

// encodeJSON is for structs that can be encoded.
func encodeJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("awsiottest: " + err.Error())
	}
	return b
}

// Ready waits until Serve works on a connection, or ctx ends; it returns ctx's
// error.
func (s *Streams) Ready(ctx context.Context) error { return s.stage.Ready(ctx) }
