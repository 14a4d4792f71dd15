package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/eclipse/paho.golang/autopaho/queue/file"
	bolt "go.etcd.io/bbolt"

	"github.com/brinkml/brink/transport"
)

const topic = "plant/line/7/telemetry"

// store takes a message and returns when it has it. put is called by many at once.
type store interface {
	put(payload []byte) error
	close() error
}

// kind is a store and how to open it in an empty directory.
type kind struct {
	name string
	open func(dir string, producers int) (store, error)
}

var stores = []kind{
	{"outbox", openOutbox},
	{"file queue", openFileQueue},
	{"file queue, synced", openSyncedFileQueue},
	{"bbolt", openBolt},
	{"write+fdatasync", openRaw},
}

func storeNames() []string {
	var names []string
	for _, k := range stores {
		names = append(names, k.name)
	}
	return names
}

// outbox is ours.
type outbox struct{ out *transport.Outbox }

func openOutbox(dir string, _ int) (store, error) {
	out, err := transport.Open(dir, offline{}, &transport.Options{Lanes: []transport.Lane{
		{Name: transport.DefaultLane, MaxBytes: 2 << 30},
	}})
	return outbox{out}, err
}

func (s outbox) put(payload []byte) error {
	_, err := s.out.Publish(context.Background(), transport.Message{Topic: topic, Payload: payload})
	return err
}

func (s outbox) close() error { return s.out.Close() }

// offline has no network.
type offline struct{}

func (offline) Dial(context.Context) (transport.Session, error) { return nil, errors.New("offline") }

// fileQueue is autopaho's queue of a file a message. Real ones hold the encoded packet, which begins with the topic.
type fileQueue struct {
	dir    string
	q      *file.Queue
	synced bool
}

func openFileQueue(dir string, _ int) (store, error) {
	q, err := file.New(dir, "", ".msg")
	return fileQueue{dir, q, false}, err
}

func openSyncedFileQueue(dir string, _ int) (store, error) {
	q, err := file.New(dir, "", ".msg")
	return fileQueue{dir, q, true}, err
}

func (s fileQueue) put(payload []byte) error {
	r := &named{Reader: bytes.NewReader(append([]byte(topic), payload...))}
	if err := s.q.Enqueue(r); err != nil || !s.synced {
		return err
	}
	// Outside of the queue's lock, where producers can share the disk's work.
	return errors.Join(syncName(r.name), syncName(s.dir))
}

func (s fileQueue) close() error { return nil }

// named is a message that notes which file the queue copies it to.
type named struct {
	*bytes.Reader
	name string
}

func (n *named) WriteTo(w io.Writer) (int64, error) {
	if f, ok := w.(*os.File); ok {
		n.name = f.Name()
	}
	return n.Reader.WriteTo(w)
}

func syncName(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

var bucket = []byte("messages")

func openBolt(dir string, producers int) (store, error) {
	db, err := bolt.Open(filepath.Join(dir, "db"), 0o600, &bolt.Options{
		NoFreelistSync: true, FreelistType: bolt.FreelistMapType,
	})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket(bucket)
		return err
	})
	s := boltStorage{db: db, commit: db.Update}
	if producers > 1 {
		db.MaxBatchSize = producers
		s.commit = db.Batch
	}
	return s, err
}

// boltStorage has one bucket, with the messages under rising numbers.
type boltStorage struct {
	db     *bolt.DB
	commit func(func(*bolt.Tx) error) error
}

func (s boltStorage) put(payload []byte) error {
	return s.commit(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucket)
		b.FillPercent = 0.95 // keys rise
		n, err := b.NextSequence()
		if err != nil {
			return err
		}
		return b.Put(binary.BigEndian.AppendUint64(nil, n), append([]byte(topic), payload...))
	})
}

func (s boltStorage) close() error { return s.db.Close() }

// raw writes records of the outbox's size into preallocated files, one at a time.
type raw struct {
	mu  sync.Mutex
	dir string
	f   *os.File
	at  int64
	n   int
}

const (
	rawRecord = 312
	rawFile   = 1 << 20
)

func openRaw(dir string, _ int) (store, error) { return &raw{dir: dir, at: rawFile}, nil }

func (s *raw) put(payload []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at+rawRecord > rawFile {
		if err := s.next(); err != nil {
			return err
		}
	}
	record := append(make([]byte, rawRecord-len(payload), rawRecord), payload...)
	if _, err := s.f.WriteAt(record, s.at); err != nil {
		return err
	}
	s.at += rawRecord
	return dataSync(s.f)
}

func (s *raw) next() error {
	if err := s.close(); err != nil {
		return err
	}
	s.n++
	f, err := os.Create(filepath.Join(s.dir, "raw"+string(rune('0'+s.n%10))))
	if err != nil {
		return err
	}
	s.f, s.at = f, 0
	return allocate(f, rawFile)
}

func (s *raw) close() error {
	if s.f == nil {
		return nil
	}
	f := s.f
	s.f = nil
	return f.Close()
}
