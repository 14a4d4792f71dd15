package shadowtest

import "time"

// Message is a message on its way, as a script sees it.
type Message struct {
	ClientID  string // of the connection; "" for one behind [Service.Serve]
	Topic     string
	Payload   []byte
	ToService bool // published by the client, rather than delivered to it
}

// Action is what befalls a message. The zero value: nothing.
type Action struct {
	Drop      bool          // it is lost, although its sender takes it for delivered
	Duplicate int           // how many times more it arrives
	Delay     time.Duration // how much later it arrives; later messages overtake it
	Reject    int           // a request is refused with this code instead of being carried out
	// Disconnect cuts the connection once the message arrived (or was dropped):
	// a request is carried out, but its answer is lost. The connection comes
	// back after Options.Reconnect. No effect behind [Service.Serve].
	Disconnect bool
}

// Script sets what befalls every message from now on; nil: nothing. f must not
// block and must not call the Service; it is called for one message at a time.
func (s *Service) Script(f func(Message) Action) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script = f
}

// fate asks the script, with s.mu held.
func (s *Service) fate(m Message) Action {
	if s.script == nil {
		return Action{}
	}
	return s.script(m)
}
