package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"

	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

// modelSize is how long the file is that the job brings, and cutsPerModel how often the link is cut on its way.
const (
	modelSize    = 3 << 20
	cutsPerModel = 3
)

// course is what the cloud does with one device, step by step, while that lives and dies.
type course struct {
	*cloud
	thing  string // which the template names after the serial number
	state  string // its folder
	job    string
	stream string
	model  []byte
	sum    string

	desired, queued bool
	notified        int // listens, when it was last told of a tunnel
	opened          int // tunnels

	mu     sync.Mutex
	kills  int
	said   map[string]int // lines of the device, by their first word
	agreed []arrival      // readings that its outbox accepted
}

func newCourse(c *cloud, serial string, rng *rand.Rand) *course {
	t := &course{cloud: c, thing: serial, state: filepath.Join(c.dir, serial), job: "model-" + serial, stream: "stream-" + serial, said: map[string]int{}}
	t.model = make([]byte, modelSize)
	for i := range t.model {
		t.model[i] = byte(rng.Uint32())
	}
	sum := sha256.Sum256(t.model)
	t.sum = hex.EncodeToString(sum[:])
	return t
}

// hear takes a line of the device.
func (t *course) hear(what, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if what == "reading" {
		var a arrival
		if json.Unmarshal([]byte(text), &a) != nil {
			return // it was killed within the line
		}
		t.agreed = append(t.agreed, a)
	}
	t.said[what]++
}

func (t *course) count(what string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said[what]
}

// step looks at the twins and does what is next; it says when there is nothing left to do.
func (t *course) step() (done bool, err error) {
	switch x, _ := t.queue.Execution(t.thing, t.job); {
	case t.certificates() == 0:
	case !t.desired:
		t.desired = true
		return false, t.shadows.SetDesired(t.thing, "", json.RawMessage(`{"interval":"25ms"}`))
	case !t.queued && !t.inStep(""):
	case !t.reported():
	case !t.queued:
		t.queued = true
		return false, t.enqueue()
	case x.Status != "SUCCEEDED":
	case !t.inStep(t.sum):
	case t.count("tunnel") > 0:
		return true, nil
	default:
		// Each subscription gets one notice: if the device is killed before it heard it, the next one that listens is told.
		if n := t.listens(t.thing); n > t.notified {
			t.notified = n
			t.opened++
			t.tunnels.Notify(t.thing, awsiottest.TunnelNotice{
				Token: fmt.Sprintf("secret-%s-%d", t.thing, n), Mode: "destination", Region: "eu-central-1", Services: []string{"SSH"},
			})
		}
	}
	return false, nil
}

// certificates is how many the thing was registered with.
func (t *course) certificates() (n int) {
	for _, c := range t.registry.Certificates() {
		if c.Active && c.Thing == t.thing {
			n++
		}
	}
	return n
}

// inStep says whether the device reports what is desired, and this model.
func (t *course) inStep(model string) bool {
	d, ok := t.shadows.Document(t.thing, "")
	var s status
	return ok && d.Delta == nil && json.Unmarshal(d.Reported, &s) == nil && s.Interval != "" && s.Model == model
}

// reported says whether Device Defender has heard of the device. One that was killed between the identifier and the report speaks again
// after five minutes, for which nobody waits here.
func (t *course) reported() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kills > 0 || len(t.ids()) > 0
}

// ids are the report identifiers of the thing, in the order of arrival.
func (t *course) ids() (all []int64) {
	for _, r := range t.reports.Reports() {
		if r.Thing == t.thing {
			all = append(all, r.ID)
		}
	}
	return all
}

// enqueue makes the stream and the job.
func (t *course) enqueue() error {
	t.files.Put(t.stream, "a model", map[int][]byte{0: t.model})
	document, err := json.Marshal(errand{Operation: "fetch", Stream: t.stream, Size: modelSize, SHA256: t.sum})
	if err != nil {
		return err
	}
	return t.queue.Create(t.thing, t.job, document, nil)
}

// where says how far the device is.
func (t *course) where() string {
	x, _ := t.queue.Execution(t.thing, t.job)
	d, _ := t.shadows.Document(t.thing, "")
	return fmt.Sprintf("%d certificates; shadow %s, reported %s; job %q; reports %v; tunnels opened %d, heard of %d",
		t.certificates(), d.Desired, d.Reported, x.Status, t.ids(), t.opened, t.count("tunnel"))
}
