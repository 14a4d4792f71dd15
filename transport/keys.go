package transport

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"

	"github.com/brinkml/brink/transport/internal/seglog"
)

// KeyRing holds the keys that messages are encrypted with on disk. It comes
// from the caller, who keeps it somewhere else, and is never written into the
// outbox's directory, nor logged, nor copied. Printing a KeyRing shows the
// numbers of its keys and not the keys.
//
// Topics, IDs and payloads are sealed with AES-GCM, message by message, under a
// key of each file's own, which is derived from the ring's with HKDF-SHA256.
// Who can read the disk sees how many messages of which length there are, when
// they were written and acknowledged, and the numbers of the keys. Who can write
// to it can delete messages, bring back what was acknowledged, and mark
// messages as acknowledged that are not, but cannot change one unnoticed, and
// can add some only to a file that is not encrypted, because such files, from
// the time before there was a ring, stay readable.
//
// To change the key, add the new one under a new number, make it Active, and
// open the outbox again: new messages begin a new file. The old key is needed
// until no lane's [LaneStats].Keys names it any more; copies of damaged bytes
// (*.damaged) stay encrypted with it. [Open] returns a [*KeyError], and drops
// nothing, when messages wait in a file whose key is not in the ring. It
// does not look into the folders of lanes that [Options].Lanes leaves out.
type KeyRing struct {
	// Active is the number of the key for what is stored from now on.
	Active uint32
	// Keys by number: 16, 24 or 32 random bytes each. They must not change while
	// the outbox is open.
	Keys map[uint32][]byte
}

// Format prints the numbers of the keys, whatever the verb.
func (k KeyRing) Format(w fmt.State, _ rune) {
	io.WriteString(w, k.redacted())
}

// LogValue is the same for package slog.
func (k KeyRing) LogValue() slog.Value { return slog.StringValue(k.redacted()) }

// MarshalText is the same for encoders.
func (k KeyRing) MarshalText() ([]byte, error) { return []byte(k.redacted()), nil }

func (k KeyRing) redacted() string {
	return fmt.Sprintf("KeyRing(active %d of %d)", k.Active, slices.Sorted(maps.Keys(k.Keys)))
}

// problems returns what is wrong with a ring.
func (k *KeyRing) problems() error {
	if k == nil {
		return nil
	}
	var errs []error
	if _, ok := k.Keys[k.Active]; !ok {
		errs = append(errs, fmt.Errorf("transport: Keys: the active key %d is not in the ring", k.Active))
	}
	for _, id := range slices.Sorted(maps.Keys(k.Keys)) {
		key := k.Keys[id]
		switch n := len(key); {
		case n != 16 && n != 24 && n != 32:
			errs = append(errs, fmt.Errorf("transport: Keys: key %d has %d bytes; it must have 16, 24 or 32", id, n))
		case !slices.ContainsFunc(key, func(b byte) bool { return b != 0 }):
			errs = append(errs, fmt.Errorf("transport: Keys: key %d is all zeros", id))
		}
	}
	return errors.Join(errs...)
}

// seglog is the ring as the log takes it; the key bytes are shared.
func (k *KeyRing) seglog() *seglog.Keys {
	if k == nil {
		return nil
	}
	return &seglog.Keys{Active: k.Active, Keys: maps.Clone(k.Keys)}
}

// KeyError reports that messages wait in a file which no key in
// [Options].Keys opens. Nothing is dropped: with the right key in the ring, Open
// goes on where it was.
type KeyError struct {
	Lane    string
	Segment string // the file's name, in the lane's folder
	ID      uint32 // the number of its key; 0 when the file's header is damaged
	Reason  string
}

func (e *KeyError) Error() string {
	return fmt.Sprintf("transport: lane %q: messages wait in the encrypted file %s: %s", e.Lane, e.Segment, e.Reason)
}

// keyError turns the log's error into ours.
func keyError(lane string, err error) error {
	if k, ok := errors.AsType[*seglog.KeyError](err); ok {
		return &KeyError{Lane: lane, Segment: k.Segment, ID: k.ID, Reason: k.Reason}
	}
	return err
}
