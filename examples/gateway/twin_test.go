package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/shadow/shadowtest"
)

// kept is a leaf's shadow in a gateway, between a service and a leaf of a test's own. It lives in a bubble.
type kept struct {
	*twin
	service *shadowtest.Service
	stop    func()

	mu   sync.Mutex
	down []string // topic's last word and payload
}

// keep starts a gateway's twin of localdevice on a connection to the service.
func keep(t *testing.T, service *shadowtest.Service, dir string) *kept {
	t.Helper()
	tw, err := openTwin("localdevice", dir, service.Conn("hub"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	k := &kept{twin: tw, service: service}
	tw.met = func() bool { return true }
	tw.down = func(topic string, payload []byte) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.down = append(k.down, strings.TrimPrefix(topic, "$aws/things/localdevice/shadow/update/")+" "+string(payload))
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = tw.shadow.Run(ctx) })
	wg.Go(func() { _ = tw.answer(ctx) })
	wg.Go(func() { _ = tw.accepted(ctx) })
	k.stop = func() { cancel(); wg.Wait() }
	return k
}

// says has the leaf publish an update, and time pass.
func (k *kept) says(t *testing.T, payload string) {
	t.Helper()
	if err := k.take([]byte(payload)); err != nil {
		t.Fatalf("%s: %v", payload, err)
	}
	time.Sleep(time.Second)
}

func (k *kept) reported() string {
	d, _ := k.service.Document("localdevice", "")
	return string(d.Reported)
}

// answers are the messages to the leaf since the last call, without what differs from run to run.
func (k *kept) answers(t *testing.T) []string {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, d := range k.down {
		outcome, payload, _ := strings.Cut(d, " ")
		var m map[string]any
		if err := json.Unmarshal([]byte(payload), &m); err != nil {
			t.Fatal(err)
		}
		delete(m, "timestamp")
		delete(m, "metadata")
		if token, _ := m["clientToken"].(string); token != "mine" {
			delete(m, "clientToken")
		}
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, outcome+" "+string(b))
	}
	k.down = nil
	return out
}

func reports(v any) string { return fmt.Sprintf(`{"state": {"reported": {"temperature": %v}}}`, v) }

func bubble(t *testing.T, f func(t *testing.T, k *kept)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		k := keep(t, shadowtest.New(nil), dir)
		defer func() { k.stop() }()
		time.Sleep(time.Second)
		f(t, k)
	})
}

func TestLeafOnline(t *testing.T) {
	bubble(t, func(t *testing.T, k *kept) {
		for i := range 5 {
			k.says(t, reports(20.5+float64(i)))
			want := []string{fmt.Sprintf(`accepted {"state":{"reported":{"temperature":%v}},"version":%d}`, 20.5+float64(i), i+1)}
			if diff := cmp.Diff(want, k.answers(t)); diff != "" {
				t.Errorf("the leaf heard, - want, + got:\n%s", diff)
			}
		}
		if got := k.reported(); got != `{"temperature":24.5}` {
			t.Errorf("the cloud has %s; want the last", got)
		}
	})
}

// TestLeafOffline has the hub offline for an hour, in which the leaf goes on as it always does. The cloud gets one update, and the leaf one
// answer.
func TestLeafOffline(t *testing.T) {
	bubble(t, func(t *testing.T, k *kept) {
		k.says(t, reports(20.5))
		k.answers(t)
		k.service.Disconnect("hub")
		for i := range 720 {
			k.says(t, reports(float64(i)+0.25))
			time.Sleep(4 * time.Second)
		}
		if got := k.answers(t); len(got) > 0 {
			t.Errorf("without a link the leaf heard %v", got)
		}
		before := k.service.Stats("localdevice", "").Updates
		k.service.Connect("hub")
		time.Sleep(time.Second)
		if got := k.reported(); got != `{"temperature":719.25}` {
			t.Errorf("the cloud has %s; want the last", got)
		}
		if n := k.service.Stats("localdevice", "").Updates - before; n != 1 {
			t.Errorf("%d updates; want one", n)
		}
		want := []string{`accepted {"state":{"reported":{"temperature":719.25}},"version":2}`}
		if diff := cmp.Diff(want, k.answers(t)); diff != "" {
			t.Errorf("the leaf heard, - want, + got:\n%s", diff)
		}
	})
}

// TestOthersWriteWhileOffline leaves to others what is theirs.
func TestOthersWriteWhileOffline(t *testing.T) {
	bubble(t, func(t *testing.T, k *kept) {
		k.says(t, reports(20.5))
		k.service.Disconnect("hub")
		k.says(t, reports(21.5))
		for _, update := range []string{`{"state":{"reported":{"place":"cellar"}}}`, `{"state":{"desired":{"fan":"on"}}}`} {
			if err := k.service.Update("localdevice", "", json.RawMessage(update)); err != nil {
				t.Fatal(err)
			}
		}
		k.service.Connect("hub")
		time.Sleep(time.Second)
		d, _ := k.service.Document("localdevice", "")
		if string(d.Reported) != `{"place":"cellar","temperature":21.5}` || string(d.Desired) != `{"fan":"on"}` {
			t.Errorf("the cloud has %s and %s; want both sides' fields", d.Reported, d.Desired)
		}
	})
}

// TestRequestsAreAnswered gives a leaf that knows more of the protocol than the book's what it asks for.
func TestRequestsAreAnswered(t *testing.T) {
	bubble(t, func(t *testing.T, k *kept) {
		k.says(t, `{"state":{"reported":{"temperature":1.5}},"clientToken":"mine"}`)
		heard := func(want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, k.answers(t)); diff != "" {
				t.Errorf("the leaf heard, - want, + got:\n%s", diff)
			}
		}
		heard( // from the service, and by the gateway with the token
			`accepted {"state":{"reported":{"temperature":1.5}},"version":1}`,
			`accepted {"clientToken":"mine","state":{"reported":{"temperature":1.5}},"version":1}`,
		)
		k.says(t, reports(1.5)) // changes nothing
		heard(`accepted {"state":{"reported":{"temperature":1.5}},"version":1}`)

		k.says(t, `{"state":{"desired":{"fan":"on"}},"clientToken":"mine"}`) // for the service
		heard(`accepted {"clientToken":"mine","state":{"desired":{"fan":"on"}},"version":2}`)

		k.says(t, `{"state":{"reported":{"temperature":null,"humidity":7}}}`)
		if got := k.reported(); got != `{"humidity":7}` {
			t.Errorf("the cloud has %s; want the temperature deleted", got)
		}
		k.says(t, `{"state":{"reported":null}}`)
		if got := k.reported(); got != "" {
			t.Errorf("the cloud has %s; want nothing reported", got)
		}
		k.answers(t)

		k.service.Disconnect("hub")
		k.says(t, `{"state":{"reported":{"temperature":2.5}},"clientToken":"mine"}`)
		heard()
		k.says(t, `{"state":{"desired":{"fan":"off"}},"clientToken":"mine"}`)
		heard(`rejected {"clientToken":"mine","code":500,"message":"Internal service failure"}`)
		k.service.Connect("hub")
		time.Sleep(time.Second)
		heard(
			`accepted {"state":{"reported":{"temperature":2.5}},"version":5}`,
			`accepted {"clientToken":"mine","state":{"reported":{"temperature":2.5}},"version":5}`,
		)
		if d, _ := k.service.Document("localdevice", ""); string(d.Desired) != `{"fan":"on"}` {
			t.Errorf("the cloud desires %s; want nothing that was asked for without a link", d.Desired)
		}
	})
}

// TestHostileUpdates tells the leaf why, as the service does.
func TestHostileUpdates(t *testing.T) {
	bubble(t, func(t *testing.T, k *kept) {
		k.says(t, reports(1.5))
		k.answers(t)
		for _, p := range append(hostile[shadowTopic("localdevice")], nothing...) {
			if err := k.take([]byte(p)); err == nil {
				t.Errorf("%.80q was taken", p)
			}
			got := k.answers(t)
			if len(got) != 1 || !strings.HasPrefix(got[0], `rejected {"code":4`) {
				t.Errorf("%.80q: the leaf heard %q; want a refusal", p, got)
			}
		}
		time.Sleep(time.Second)
		if got := k.reported(); got != `{"temperature":1.5}` {
			t.Errorf("the cloud has %s; want what it had", got)
		}
		// Each is small, and all together are too large for the service.
		refused := 0
		for i := range 12 {
			if k.take(fmt.Appendf(nil, `{"state":{"reported":{"f%d":"%s"}}}`, i, strings.Repeat("x", 1000))) != nil {
				refused++
			}
			time.Sleep(time.Second)
		}
		if got := strings.Join(k.answers(t), "\n"); refused < 4 || strings.Count(got, `"code":413`) != refused {
			t.Errorf("%d refused, the leaf heard %.500s; want 413 for those that do not fit", refused, got)
		}
	})
}

// TestManyWaitForAnswers bounds what is kept for a leaf that asks and asks without a link.
func TestManyWaitForAnswers(t *testing.T) {
	bubble(t, func(t *testing.T, k *kept) {
		k.service.Disconnect("hub")
		for i := range 100 {
			k.says(t, fmt.Sprintf(`{"state":{"reported":{"temperature":%d}},"clientToken":"mine"}`, i))
		}
		k.service.Connect("hub")
		time.Sleep(time.Second)
		n := 0
		for _, a := range k.answers(t) {
			if strings.Contains(a, "mine") {
				n++
			}
		}
		if n != maxWaiting || k.reported() != `{"temperature":99}` {
			t.Errorf("%d answers, the cloud has %s; want %d, and the last state", n, k.reported(), maxWaiting)
		}
	})
}

// TestLeafStateOutlivesTheGateway tells the cloud after a restart what the leaf said before it.
func TestLeafStateOutlivesTheGateway(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		service := shadowtest.New(nil)
		k := keep(t, service, dir)
		time.Sleep(time.Second)
		k.says(t, reports(1.5))
		service.Disconnect("hub")
		k.says(t, reports(2.5))
		k.stop()
		service.Connect("hub")
		k = keep(t, service, dir)
		defer k.stop()
		time.Sleep(time.Second)
		if got := k.reported(); got != `{"temperature":2.5}` {
			t.Errorf("the cloud has %s; want what the leaf said before the restart", got)
		}
	})
}

// TestEndWaitsForTheCloud ends a run in an outage that ends soon after: the cloud hears the last report. It does not wait for a cloud that was
// never there, nor for a shadow service that there is none of.
func TestEndWaitsForTheCloud(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name      string
		met, back bool
		answered  bool
		least     time.Duration
		most      time.Duration
	}{
		{"back after five seconds", true, true, true, 5 * time.Second, 7 * time.Second},
		{"not back", true, false, true, drainFor, drainFor + time.Second},
		{"never there", false, false, true, 0, time.Second},
		{"no shadow service", true, false, false, strangeFor, strangeFor + time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := shadowtest.New(nil)
				tw, err := openTwin("localdevice", filepath.Join(dir, tt.name), service.Conn("hub"), quiet())
				if err != nil {
					t.Fatal(err)
				}
				tw.met = func() bool { return tt.met }
				tw.down = func(string, []byte) error { return nil }
				if !tt.answered {
					service.Disconnect("hub")
				}
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan error)
				go func() { ended <- tw.run(ctx, func() bool { return true }) }()
				time.Sleep(time.Second)
				if err := tw.take([]byte(reports(1.5))); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				service.Disconnect("hub")
				if err := tw.take([]byte(reports(2.5))); err != nil {
					t.Fatal(err)
				}
				begin := time.Now()
				cancel()
				if tt.back {
					time.Sleep(5 * time.Second)
					service.Connect("hub")
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if d := time.Since(begin); d < tt.least || d > tt.most {
					t.Errorf("the end took %v; want %v to %v", d, tt.least, tt.most)
				}
				d, _ := service.Document("localdevice", "")
				if got := string(d.Reported) == `{"temperature":2.5}`; got != tt.back {
					t.Errorf("the cloud has %s", d.Reported)
				}
			})
		})
	}
}
