package awsiottest

import "time"

// Request is a request that arrived at a service, as a script sees it.
type Request struct {
	Topic   string
	Payload []byte
}

// Fate is what befalls a request. The zero value: nothing.
type Fate struct {
	Drop   bool          // it never arrives
	Again  int           // how many times more it arrives
	Delay  time.Duration // how much later it arrives; later requests overtake it
	Silent bool          // it is carried out, and the answer is lost
	Copies int           // how many times more the answer arrives
	Late   time.Duration // how much later the answer arrives
	Answer []byte        // the request is carried out, and this arrives instead of its answer
	Refuse *Refusal      // it is refused instead of being carried out
}

// Refusal is why a service refuses a request. Which fields an answer shows is
// the service's.
type Refusal struct {
	Status  int
	Code    string
	Message string
}
