package awsiottest_test

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/brinkml/brink/shadow/shadowtest"
	"github.com/brinkml/brink/transport/awsiot"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
)

// ask publishes a request and returns what the service answers, by topic and
// payload.
func ask(t *testing.T, conn awsiot.Conn, filter, topic, payload string) (answers []string) {
	t.Helper()
	cancel, err := conn.Subscribe(t.Context(), []string{filter}, func(topic string, payload []byte) {
		answers = append(answers, topic+" "+string(payload))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	if err := conn.Publish(t.Context(), topic, []byte(payload)); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return answers
}

// serving plays a service in a synctest bubble.
func serving(t *testing.T, conn awsiot.Conn, serve func(context.Context, awsiot.Conn) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(ctx, conn)
	}()
	t.Cleanup(func() { cancel(); <-done })
	synctest.Wait()
}

// The service refuses what its page says, with the code that it says.
func TestStreamsRefuse(t *testing.T) {
	long := `"` + strings.Repeat("x", 65) + `"`
	for _, tc := range []struct{ op, stream, payload, code string }{
		{"describe", "s1", `{}`, ""},
		{"describe", "s1", `{"c":"t"}`, ""},
		{"describe", "s1", ``, "InvalidJson"},
		{"describe", "s1", `{"c":` + long + `}`, "InvalidRequest"},
		{"describe", "s2", `{"c":"t"}`, "ResourceNotFound"},
		{"get", "s1", `{"f":0,"l":256,"n":1}`, ""},
		{"get", "s1", `{"c":"t","s":1,"f":0,"l":256,"o":3,"n":1}`, ""},
		{"get", "s1", `{"s":1,"f":0,"l":256,"o":0,"n":2,"b":"0x0d"}`, ""},
		{"get", "s1", `{"s":1,"f":0,"l":256,"o":1,"b":"05"}`, ""},
		{"get", "s1", `{`, "InvalidJson"},
		{"get", "s1", `{"c":` + long + `,"f":0,"l":256,"n":1}`, "InvalidRequest"},
		{"get", "s2", `{"f":0,"l":256,"n":1}`, "ResourceNotFound"},
		{"get", "s1", `{"f":1,"l":256,"n":1}`, "ResourceNotFound"},
		{"get", "s1", `{"s":2,"f":0,"l":256,"n":1}`, "VersionMismatch"},
		{"get", "s1", `{"f":0,"l":255,"n":1}`, "BlockSizeOutOfBounds"},
		{"get", "s1", `{"f":0,"l":131073,"n":1}`, "BlockSizeOutOfBounds"},
		{"get", "s1", `{"f":0,"l":256,"o":-1,"n":1}`, "OffsetOutOfBounds"},
		{"get", "s1", `{"f":0,"l":256,"o":98305,"n":1}`, "OffsetOutOfBounds"},
		{"get", "s1", `{"f":0,"l":256,"n":98305}`, "BlockCountLimitExceeded"},
		{"get", "s1", `{"f":0,"l":256,"b":"` + strings.Repeat("00", 12288) + `"}`, "BlockBitmapLimitExceeded"},
		{"get", "s1", `{"f":0,"l":256,"b":"xy"}`, "InvalidRequest"},
		{"get", "s1", `{"f":0,"l":256,"b":"00"}`, "InvalidRequest"},
		{"get", "s1", `{"f":0,"l":256,"o":4,"n":1}`, "InvalidRequest"}, // beyond the end
		{"get", "s1", `{"f":0,"l":256}`, "InvalidRequest"},             // 512 blocks by default: beyond the end
		{"get", "s1", `{"f":0,"l":256,"b":"1f"}`, "InvalidRequest"},
		{"get", "s1", `{"l":256,"n":1}`, "InvalidRequest"},
		{"get", "s1", `{"f":0,"n":1}`, "InvalidRequest"},
	} {
		synctest.Test(t, func(t *testing.T) {
			broker, cloud := shadowtest.New(nil), awsiottest.NewStreams()
			cloud.Put("s1", "text", map[int][]byte{0: make([]byte, 1000)})
			serving(t, broker.Conn("cloud"), cloud.Serve)
			prefix := "$aws/things/hub-7/streams/" + tc.stream + "/"
			got := ask(t, broker.Conn("dev"), "$aws/things/hub-7/streams/+/+/json", prefix+tc.op+"/json", tc.payload)
			answer := ""
			for _, a := range got {
				if rest, ok := strings.CutPrefix(a, prefix+"rejected/json "); ok {
					var m struct{ O, M string }
					if err := json.Unmarshal([]byte(rest), &m); err != nil || m.O == "" || m.M == "" {
						t.Errorf("%s: %s, %v", tc.payload, rest, err)
					}
					answer = m.O
				}
			}
			if answer != tc.code || len(got) < 2 { // the request itself is one
				t.Errorf("%.100s: refused with %q; want %q; %q", tc.payload, answer, tc.code, got)
			}
		})
	}
}

// A request gets 128 KiB at most, and the last block is as long as it is.
func TestStreamsBlocks(t *testing.T) {
	for _, tc := range []struct {
		payload string
		blocks  []int
		bytes   int64
	}{
		{`{"f":0,"l":65536,"n":3}`, []int{0, 1}, 131072},
		{`{"f":0,"l":65536,"o":4,"n":1}`, []int{4}, 300_000 - 4*65536},
		{`{"f":0,"l":65536,"b":"0x15","n":2}`, []int{0, 2}, 131072},
		{`{"f":0,"l":65536}`, []int{0, 1}, 131072},
	} {
		synctest.Test(t, func(t *testing.T) {
			broker, cloud := shadowtest.New(nil), awsiottest.NewStreams()
			cloud.Put("s1", "text", map[int][]byte{0: make([]byte, 300_000)})
			serving(t, broker.Conn("cloud"), cloud.Serve)
			got := ask(t, broker.Conn("dev"), "$aws/things/hub-7/streams/s1/data/json", "$aws/things/hub-7/streams/s1/get/json", tc.payload)
			if st := cloud.Stats(); len(got) != len(tc.blocks) || st.Bytes != tc.bytes || st.Blocks != len(tc.blocks) {
				t.Errorf("%s: %d blocks, %+v", tc.payload, len(got), st)
			}
			for i, a := range got {
				if !strings.Contains(a, `"i":`+strconv.Itoa(tc.blocks[i])+`,`) {
					t.Errorf("%s: block %d is %.80s", tc.payload, i, a)
				}
			}
		})
	}
}

func TestReadyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broker, cloud := shadowtest.New(nil), awsiottest.NewStreams()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := cloud.Ready(ctx); err == nil {
			t.Error("ready without Serve")
		}
		serving(t, broker.Conn("cloud"), cloud.Serve)
		if err := cloud.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		broker.Disconnect("cloud")
		synctest.Wait()
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := cloud.Ready(ctx); err == nil {
			t.Error("ready without a connection")
		}
		broker.Connect("cloud")
		if err := cloud.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
