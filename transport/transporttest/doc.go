// Package transporttest is an MQTT 3.1.1 broker for tests that records what it
// gets and misbehaves on demand.
//
// The recording is the oracle of a test: a message is recorded, and written to
// [Options.Oracle] with a sync if there is one, before its PUBACK is sent. So
// what a client saw acknowledged is there, and what is there twice was sent
// twice.
//
//	b, err := transporttest.New(nil)
//	d, err := mqtt.New(&mqtt.Options{Broker: "tcp://memory", Dial: b.Dial})
//
// [Broker.Dial] connects in memory and works within a testing/synctest bubble;
// [Broker.Listen] adds a TCP port on the loopback. A [Script] makes the broker
// refuse, delay, forget, deny, hang up, read slowly or talk nonsense;
// [Broker.Cut], [Broker.Freeze] and [Broker.Restore] play the network between it
// and its clients.
//
// A broker in a process of its own may be killed at any time: the next one with
// the same oracle file appends to what is whole in it. An [Authority] issues certificates.
//
// The broker knows CONNECT with will, PUBLISH with QoS 0 and 1, retained
// messages, SUBSCRIBE with wildcards, and PING. Sessions are always clean, and
// it sends nothing twice. A Broker is safe for concurrent use; Close ends its
// goroutines and waits for them.
package transporttest
