package page

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"image/color"
	"sync"
	"time"
)

// Times between two looks at what the page shows.
const (
	matrixPeriod = 100 * time.Millisecond
	statePeriod  = time.Second
)

// frame is the latest of what clients see of something that has only a present.
type frame struct {
	name    string
	data    []byte
	version uint64 // counts changes of data
	taken   time.Time
}

// frames are shared by all clients, so that the app is asked once for all.
type frames struct {
	mu                     sync.Mutex
	status, matrix, buffer frame
}

// take brings the frames up to date and returns a copy of them.
func (p *Page) take() []frame {
	f := &p.frames
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	f.status.renew("status", now, statePeriod, func() ([]byte, error) { return json.Marshal(p.app.Status()) })
	if p.o.Matrix != nil {
		f.matrix.renew("matrix", now, matrixPeriod, func() ([]byte, error) { return matrixJSON(p.o.Matrix()), nil })
	}
	if p.o.Buffer != nil {
		f.buffer.renew("buffer", now, statePeriod, func() ([]byte, error) {
			b := p.o.Buffer()
			return json.Marshal(b.json())
		})
	}
	return []frame{f.status, f.matrix, f.buffer}
}

// renew makes new data if the old is a period old.
func (f *frame) renew(name string, now time.Time, period time.Duration, data func() ([]byte, error)) {
	if f.version > 0 && now.Sub(f.taken) < period {
		return
	}
	b, err := data()
	if err != nil {
		return // such as a time out of JSON's range: the old data stays
	}
	f.name, f.taken = name, now
	if f.version == 0 || !bytes.Equal(b, f.data) {
		f.data = b
		f.version++
	}
}

// matrixJSON returns the colours as a JSON string of six hexadecimal digits
// each, seen on black.
func matrixJSON(pixels [64]color.NRGBA) []byte {
	rgb := make([]byte, 0, 3*len(pixels))
	for _, c := range pixels {
		for _, v := range [...]uint8{c.R, c.G, c.B} {
			rgb = append(rgb, uint8(uint16(v)*uint16(c.A)/255))
		}
	}
	out := []byte{'"'}
	out = hex.AppendEncode(out, rgb)
	return append(out, '"')
}
