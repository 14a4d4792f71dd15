package main

import "sync"

// maxEchoes is how many texts on their way through the cloud are remembered: more than that, and the oldest is shown a second time.
const maxEchoes = 1000

// echoes are texts that were sent to a topic of the cloud that is also subscribed to, and so will come back.
type echoes struct {
	mu   sync.Mutex
	sent []string
}

func (e *echoes) add(text string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.sent = append(e.sent, text); len(e.sent) > maxEchoes {
		e.sent = append([]string(nil), e.sent[1:]...)
	}
}

// take tells whether text is one of them, and strikes it out.
func (e *echoes) take(text string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, t := range e.sent {
		if t == text {
			e.sent = append(e.sent[:i], e.sent[i+1:]...)
			return true
		}
	}
	return false
}
