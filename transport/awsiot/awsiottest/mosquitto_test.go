package awsiottest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
	"github.com/brinkml/brink/transport/awsiot/awsiottest"
	"github.com/brinkml/brink/transport/awsiot/jobs"
	"github.com/brinkml/brink/transport/awsiot/provisioning"
	"github.com/brinkml/brink/transport/mqtt"
	"github.com/brinkml/brink/transport/transporttest"
)

// mosquitto is a broker whose plain listener is for the cloud and whose TLS
// listener lets in certificates of two authorities.
type mosquitto struct {
	plain, tls int
}

func startMosquitto(t *testing.T, files map[string]string) mosquitto {
	t.Helper()
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		t.Skip("mosquitto is not in PATH")
	}
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := mosquitto{freePort(t), freePort(t)}
	conf := "per_listener_settings true\nlog_dest file DIR/log\n"
	if os.Geteuid() == 0 {
		conf += "user root\n" // it would become another who may not read the folder
	}
	conf += fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\n", m.plain)
	conf += fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\ncafile DIR/ca.pem\ncertfile DIR/cert.pem\nkeyfile DIR/key.pem\nrequire_certificate true\nuse_identity_as_username true\n", m.tls)
	conf = strings.ReplaceAll(conf, "DIR", dir)
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "-c", filepath.Join(dir, "conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		cmd.Wait()
		close(exited)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-exited
	})
	for _, port := range []int{m.plain, m.tls} {
		eventually(t, "mosquitto listens", func() bool {
			select {
			case <-exited:
				log, _ := os.ReadFile(filepath.Join(dir, "log"))
				t.Fatalf("mosquitto ended at once; its log:\n%s", log)
			default:
			}
			c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				c.Close()
			}
			return err == nil
		})
	}
	return m
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in 20 s: %s", what)
		}
	}
}

// connect opens an outbox and runs it until close is called, which a test does
// not need to do.
func connect(t *testing.T, o *mqtt.Options) *transport.Outbox {
	t.Helper()
	d, err := mqtt.New(o)
	if err != nil {
		t.Fatal(err)
	}
	out, err := transport.Open(t.TempDir(), d, &transport.Options{BackoffMin: 10 * time.Millisecond, BackoffMax: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = out.Run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := out.Close(); err != nil {
			t.Error(err)
		}
	})
	return out
}

// From an empty device to one that takes a job as itself, over a real broker
// that lets in only who has a certificate: first the claim's, then its own.
func TestMosquitto(t *testing.T) {
	ca, err := transporttest.NewAuthority("broker")
	if err != nil {
		t.Fatal(err)
	}
	certPEM, keyPEM, err := ca.Issue("localhost", time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	registry := awsiottest.NewProvisioning(nil)
	queue := awsiottest.NewJobs()
	m := startMosquitto(t, map[string]string{
		"ca.pem": string(ca.PEM()) + string(registry.RootPEM()), "cert.pem": string(certPEM), "key.pem": string(keyPEM),
	})
	cloud := connect(t, &mqtt.Options{Broker: fmt.Sprintf("tcp://127.0.0.1:%d", m.plain), ClientID: "cloud"})
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 2)
	go func() { served <- registry.Serve(ctx, cloud.Conn()) }()
	go func() { served <- queue.Serve(ctx, cloud.Conn()) }()
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-served; !errors.Is(err, context.Canceled) {
				t.Errorf("Serve = %v", err)
			}
		}
	})

	if err := errors.Join(registry.Ready(ctx), queue.Ready(ctx)); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	put := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	claimCert, claimKey, err := ca.Issue("claim", time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("tls://127.0.0.1:%d", m.tls)
	root := put("root.pem", ca.PEM())
	dial := func(id, cert, key string) *transport.Outbox {
		pair, err := mqtt.NewKeyPair(&mqtt.KeyPairOptions{CertFile: cert, KeyFile: key})
		if err != nil {
			t.Fatal(err)
		}
		return connect(t, &mqtt.Options{Broker: url, ClientID: id, RootsFile: root, KeyPair: pair})
	}
	claim := dial("claim", put("claim.pem", claimCert), put("claim.key", claimKey))
	wait, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	id, err := provisioning.Device(wait, claim.Conn(), "hubs", &provisioning.Options{
		Dir: filepath.Join(dir, "identity"), Parameters: map[string]string{"SerialNumber": "hub-7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := claim.Close(); err != nil {
		t.Error(err)
	}

	device := dial(id.ThingName, id.CertFile, id.KeyFile)
	j, err := jobs.New(device.Conn(), id.ThingName, &jobs.Options{
		Dir: filepath.Join(dir, "jobs"),
		Handlers: map[string]jobs.Handler{"greet": func(ctx context.Context, job *jobs.Job) error {
			return job.Progress(ctx, map[string]string{"hello": job.ID})
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	running := make(chan error, 1)
	go func() { running <- j.Run(ctx) }()
	for i := range 3 {
		if err := queue.Create(id.ThingName, fmt.Sprint("job-", i), json.RawMessage(`{"operation":"greet"}`), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := queue.Create(id.ThingName, "other", json.RawMessage(`{"operation":"other"}`), nil); err != nil {
		t.Fatal(err)
	}
	for job, want := range map[string]string{"job-0": "SUCCEEDED", "job-1": "SUCCEEDED", "job-2": "SUCCEEDED", "other": "REJECTED"} {
		eventually(t, job+" ends", func() bool {
			x, _ := queue.Execution(id.ThingName, job)
			return x.Status == want
		})
	}
	cancel()
	if err := <-running; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
}
