package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// script is what is pressed without a keyboard: keys, and pauses between them.
type script []step

type step struct {
	key   string // empty for a pause
	pause time.Duration
}

// String is the flag's own notation.
func (s *script) String() string {
	var words []string
	for _, st := range *s {
		if st.key == "" {
			words = append(words, st.pause.String())
		} else {
			words = append(words, st.key)
		}
	}
	return strings.Join(words, " ")
}

// Set parses words: names of keys, and times to wait.
func (s *script) Set(text string) error {
	*s = nil
	for word := range strings.FieldsSeq(text) {
		if _, ok := keys[word]; ok {
			*s = append(*s, step{key: word})
			continue
		}
		d, err := time.ParseDuration(word)
		if err != nil || d < 0 {
			return fmt.Errorf("%q is neither a key nor a time", word)
		}
		*s = append(*s, step{pause: d})
	}
	return nil
}

// play presses the keys until it has done so or ctx ends.
func (s script) play(ctx context.Context, press func(key string)) {
	for _, st := range s {
		if st.key != "" {
			press(st.key)
			continue
		}
		select {
		case <-time.After(st.pause):
		case <-ctx.Done():
			return
		}
	}
}
