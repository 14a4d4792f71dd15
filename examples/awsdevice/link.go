package main

import (
	"io"
	"net"
	"sync"
)

// link is the way between the devices and the broker, which can be cut in the middle of a packet.
type link struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	left  int64             // bytes to devices until it is cut; 0: it is not
	cuts  int               // how often it was
	ends  map[net.Conn]bool // what is open
	shut  bool
	pumps sync.WaitGroup
}

// startLink leads from a port of the loopback to an address.
func startLink(target string) (*link, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	k := &link{listener: l, target: target, ends: map[net.Conn]bool{}}
	k.pumps.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			k.pumps.Go(func() { k.join(c) })
		}
	})
	return k, nil
}

// join connects one device until either side ends.
func (k *link) join(device net.Conn) {
	defer device.Close()
	cloud, err := net.Dial("tcp", k.target)
	if err != nil {
		return
	}
	defer cloud.Close()
	if !k.enter(device, cloud) {
		return
	}
	defer k.leave(device, cloud)
	k.pumps.Go(func() {
		_, _ = io.Copy(cloud, device) // however it ends, both sides end with it
		cloud.Close()
		device.Close()
	})
	b := make([]byte, 16<<10)
	for {
		n, err := cloud.Read(b)
		n, cut := k.pass(n)
		if _, werr := device.Write(b[:n]); err != nil || werr != nil || cut {
			return
		}
	}
}

func (k *link) enter(ends ...net.Conn) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range ends {
		k.ends[c] = true
	}
	return !k.shut
}

func (k *link) leave(ends ...net.Conn) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, c := range ends {
		delete(k.ends, c)
	}
}

// pass says how many of so many bytes get through, and whether the link is cut behind them.
func (k *link) pass(n int) (through int, cut bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.left == 0 {
		return n, false
	}
	through = int(min(int64(n), k.left))
	if k.left -= int64(through); k.left > 0 {
		return through, false
	}
	k.cuts++
	return through, true
}

// cutAfter cuts the link when so many more bytes went to a device.
func (k *link) cutAfter(n int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.left = n
}

// wasCut is how often it was cut.
func (k *link) wasCut() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cuts
}

// close ends everything and waits for it.
func (k *link) close() error {
	err := k.listener.Close()
	k.mu.Lock()
	k.shut = true
	for c := range k.ends {
		c.Close()
	}
	k.mu.Unlock()
	k.pumps.Wait()
	return err
}
