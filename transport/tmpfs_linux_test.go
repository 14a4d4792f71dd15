package transport_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/brinkml/brink/transport"
)

const tmpfsEnv = "BRINK_TMPFS"

// An outbox lies on a disk of 4 MiB, which fills up while no broker is there:
// telemetry gets ErrFull and no worse, alarms are still accepted from the
// reserve, and when the broker comes, all is delivered and the disk is free
// again. The test runs itself once more in a mount namespace of its own, so that
// the disk is a real one and nobody else sees it.
//
//	go test -count=1 -v -run '^TestTmpfs$' ./transport
func TestTmpfs(t *testing.T) {
	if os.Getenv(tmpfsEnv) != "" {
		onTmpfs(t, os.Getenv(tmpfsEnv))
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTmpfs$", "-test.v")
	cmd.Env = append(os.Environ(), tmpfsEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	said, err := cmd.CombinedOutput()
	if len(said) == 0 && errors.Is(err, syscall.EPERM) && os.Getuid() != 0 {
		t.Skip("this system gives users no mount namespaces; root can run the test")
	}
	t.Logf("on the tmpfs:\n%s", said)
	if err != nil {
		t.Error(err)
	}
}

func onTmpfs(t *testing.T, dir string) {
	// Mounts of this namespace must not get out of it.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatalf("make mounts private: %v", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatalf("mount: %v", err)
	}
	free := func() int64 {
		var s syscall.Statfs_t
		if err := syscall.Statfs(dir, &s); err != nil {
			t.Fatal(err)
		}
		return int64(s.Bavail) * int64(s.Bsize) // the types differ by architecture
	}
	if n := free(); n > 4<<20 {
		t.Fatalf("%d bytes are free; this is not the tmpfs", n)
	}

	alarm := transport.Lane{Name: "alarm", Priority: 10, Reserve: 512 << 10}
	b, d := rig(t, nil)
	out := mustOpen(t, filepath.Join(dir, "outbox"), d, &transport.Options{
		SegmentBytes: 256 << 10,
		// Bounds that this disk cannot hold.
		Lanes: []transport.Lane{alarm, {Name: transport.DefaultLane, OnFull: transport.Reject}},
	})
	accepted := make(map[string]bool)
	publish := func(lane string) error {
		id := fmt.Sprintf("%s %d", lane, len(accepted))
		payload := append([]byte(id), make([]byte, 1000)...)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := out.Publish(ctx, transport.Message{Topic: lane, Lane: lane, Payload: payload})
		if err == nil {
			accepted[id] = true
		}
		return err
	}
	if err := publish("alarm"); err != nil {
		t.Fatal(err)
	}
	// fill publishes telemetry until the disk refuses, many times over.
	fill := func() (stored int) {
		for refused := 0; refused < 100; {
			switch err := publish(transport.DefaultLane); {
			case err == nil:
				stored++
			case errors.Is(err, transport.ErrFull) && errors.Is(err, syscall.ENOSPC):
				refused++
			default:
				t.Fatalf("Publish on a full disk = %v; want ErrFull and ENOSPC", err)
			}
		}
		return stored
	}
	stored := fill()
	if stored < 1000 {
		t.Errorf("%d messages of 1 KB fit on 4 MiB; want at least 1000", stored)
	}
	alarms := 0
	for alarms < 400 && publish("alarm") == nil {
		alarms++
	}
	t.Logf("%d messages of telemetry and then %d alarms accepted; %d bytes free", stored, alarms, free())
	if alarms < 400 {
		t.Errorf("%d alarms accepted on a full disk; want 400", alarms)
	}

	stop := run(t, out)
	drain(t, out)
	arrived := make(map[string]bool)
	for _, m := range b.Messages() {
		arrived[string(m.Payload[:slices.Index(m.Payload, 0)])] = true
	}
	for id := range accepted {
		if !arrived[id] {
			t.Errorf("%s was accepted and is lost", id)
		}
	}
	eventually(t, "the disk is free again", func() bool { return free() > 2<<20 })
	stop()
	if again := fill(); again < 1000 {
		t.Errorf("%d messages fit on the disk that is free again; want at least 1000", again)
	}
	for range 100 {
		if err := publish("alarm"); err != nil {
			t.Fatalf("an alarm on the disk that filled up again: %v", err)
		}
	}
	run(t, out)
	drain(t, out)
	for _, l := range out.Stats().Lanes {
		if l.TotalDropped() > 0 {
			t.Errorf("lane %s dropped %v", l.Name, l.Dropped)
		}
	}
}
