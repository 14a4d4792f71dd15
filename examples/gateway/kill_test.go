package main

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

// child is a gateway in a process of its own.
type child struct {
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	url    string // of its local broker
}

func startChild(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{cmd: exec.Command(os.Args[0], args...), stderr: new(bytes.Buffer)}
	c.cmd.Env = append(os.Environ(), childEnv+"=1")
	c.cmd.Stderr = c.stderr
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	name, url, _ := strings.Cut(strings.TrimSpace(line), " ")
	if err != nil || name != "local" {
		_ = c.cmd.Process.Kill()
		t.Fatalf("the first line is %q, %v; want the local broker's address: %s", line, err, c.stderr)
	}
	c.url = strings.TrimSpace(url)
	return c
}

// kill takes its life at once, and gives back what it used.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Errorf("the gateway ended by itself: %v: %s", err, c.stderr)
	}
	if err := c.cmd.Wait(); err == nil {
		t.Errorf("the gateway ended by itself: %s", c.stderr)
	}
}

// TestKilledGatewayLosesNothing kills a gateway again and again while a device sends what it measures and a leaf reports. What the device saw
// acknowledged arrives in the cloud, on both ways, and the leaf's last state does.
func TestKilledGatewayLosesNothing(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	dir := t.TempDir()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var acknowledged []string
	last := 0.0
	args := []string{"-broker", c.url, "-state", filepath.Join(dir, "state"), "-listen", "127.0.0.1:0", "-pace", "20"}
	for life := range 5 {
		cut := "0s-0s"
		if life%2 == 0 {
			cut = "200ms-700ms"
		}
		g := startChild(t, append(args, "-link", cut)...)
		device := connect(t, g.url, "device", nil)
		leaf := connect(t, g.url, "localdevice", nil)
		until := time.Now().Add(time.Duration(300+rng.IntN(900)) * time.Millisecond) // when to kill is what is random here
		for i := 0; time.Now().Before(until); i++ {
			m := fmt.Sprintf(`{"device_id": "3", "timestamp": %d.%04d, "device_name": "refrigerator", "vibration": %d}`, 1_600_000_000+life, i, i)
			if token := device.Publish(applianceTopic, 1, false, m); !token.WaitTimeout(5*time.Second) || token.Error() != nil {
				t.Fatalf("message %d of life %d was not acknowledged: %v", i, life, token.Error())
			}
			acknowledged = append(acknowledged, m)
			if i%10 == 0 {
				last = float64(life) + float64(i)/1e4
				leaf.Publish(shadowTopic("localdevice"), 0, false, reports(last))
			}
		}
		g.kill(t)
		device.Disconnect(0)
		leaf.Disconnect(0)
	}

	// The last life hears the leaf once more, as it hears it every five seconds, and then comes to an orderly end.
	last = 99.5
	g := startChild(t, append(args, "-duration", "3s")...)
	answered := make(chan string, 10)
	leaf := connect(t, g.url, "localdevice", answered)
	defer leaf.Disconnect(0)
	leaf.Publish(shadowTopic("localdevice"), 0, false, reports(last))
	select {
	case a := <-answered:
		if !strings.Contains(a, "99.5") {
			t.Errorf("the leaf was told that %s was accepted; want its own update", a)
		}
	case <-time.After(5 * time.Second):
		t.Error("the leaf was not told that its update was accepted")
	}
	if err := g.cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, g.stderr)
	}
	if len(acknowledged) < 20 {
		t.Errorf("%d messages were sent; want more", len(acknowledged))
	}
	for _, topic := range []string{cloudTopic, "hbs/stream"} {
		got := c.on(topic)
		lost, at, disorder := 0, 0, 0
		for _, m := range acknowledged {
			i := slices.Index(got, m)
			if i < 0 {
				lost++
			} else if i < at {
				disorder++
			} else {
				at = i
			}
		}
		t.Logf("%s: %d acknowledged, %d arrived", topic, len(acknowledged), len(got))
		if lost > 0 || disorder > 0 {
			t.Errorf("%s: %d of %d lost, %d out of order; want 0", topic, lost, len(acknowledged), disorder)
		}
	}
	if d, _ := c.service.Document("localdevice", ""); string(d.Reported) != `{"temperature":99.5}` {
		t.Errorf("the cloud has %s of the leaf; want its last temperature, %v", d.Reported, last)
	}
	for _, topic := range c.topics() {
		known := []string{cloudTopic, "hbs/stream", inferenceTopic, shadowTopic("localdevice"), "$aws/things/localdevice/shadow/get"}
		if !slices.Contains(known, topic) {
			t.Errorf("the gateway published to %s", topic)
		}
	}
}

// connect is a device of the local broker; what it is told of its shadow goes to answers.
func connect(t *testing.T, url, id string, answers chan<- string) paho.Client {
	t.Helper()
	o := paho.NewClientOptions().AddBroker(url).SetClientID(id).SetProtocolVersion(4).SetAutoReconnect(false)
	c := paho.NewClient(o)
	if token := c.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	if answers != nil {
		token := c.Subscribe(shadowTopic(id)+"/accepted", 0, func(_ paho.Client, m paho.Message) {
			select {
			case answers <- string(m.Payload()):
			default:
			}
		})
		if token.Wait() && token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	return c
}
