// Package mqtt makes an outbox's connections over MQTT 3.1.1, with
// paho.mqtt.golang.
//
//	d, err := mqtt.New(&mqtt.Options{
//		Broker:   "tls://broker.example:8883",
//		ClientID: "hub-7",
//		TLS:      &tls.Config{GetClientCertificate: certs.Get},
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
// A [Dialer] is safe for concurrent use and starts no goroutine; a session's
// goroutines end with its Close.
package mqtt
