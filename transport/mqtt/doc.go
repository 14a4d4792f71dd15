// Package mqtt makes an outbox's connections over MQTT 3.1.1, with
// paho.mqtt.golang.
//
//	d, err := mqtt.New(&mqtt.Options{
//		Broker:   "tls://broker.example:8883",
//		ClientID: "hub-7",
//		KeyPair:  keys, // mqtt.NewKeyPair; nil without client certificates
//	})
//	if err != nil {
//		return err
//	}
//	out, err := transport.Open("/var/lib/hub/outbox", d, nil)
//
// Every connection is a fresh paho client with a clean session that neither
// reconnects nor stores anything: all of that is the outbox's work. Between the
// client and the network sits a checked connection. It admits only the packets
// that a broker may send at that moment, bounds their size, gives every write a
// deadline, and notes each PUBACK against the packet that it answers. A publish
// is acknowledged when that note exists, never because the client's token says
// so, and everything in flight fails as soon as the network connection ends.
//
// # Certificates
//
// A [KeyPair] is read anew for each connection, and every minute while one
// stands: when there is another good pair on disk, the session asks the outbox to
// be replaced (Renew), and nothing is lost on the way. A pair in the middle of
// its rotation is never used. The key may be any [crypto.Signer].
//
// # Dead connections
//
// Silence is noticed by a ping that goes out before KeepAlive is over and must
// be answered within PingTimeout: after 40 s at most, or 8 s with Options.Fast;
// a peer that stops reading by the write that it does not take. An end that came
// from the other side, and not from our patience, wraps
// [transport.ErrPeerClosed]; what the peer said before is read first.
//
// # Limits of a broker
//
// Options.Profile is held against the options, spaces the CONNECT packets, and
// bounds the subscriptions. Its rates, its window and its bounds for messages are
// the outbox's to keep.
//
// What MQTT 3.1.1 cannot tell nobody can notice: a broker may acknowledge a
// message that it does not allow, drop it and go on, as mosquitto 2.0.11 does
// (TestMosquittoDenies in package transport).
//
// A [Dialer] is safe for concurrent use and starts no goroutine; a session's
// goroutines end with its Close.
package mqtt
