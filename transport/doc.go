// Package transport is an outbox: messages are stored on disk, in lanes, and
// sent until the broker has acknowledged them.
//
//	d, err := mqtt.New(&mqtt.Options{Broker: "tls://broker.example:8883", ClientID: "hub-7"})
//	if err != nil {
//		return err
//	}
//	out, err := transport.Open("/var/lib/hub/outbox", d, nil)
//	if err != nil {
//		return err
//	}
//	defer out.Close()
//	go out.Run(ctx)
//	r, err := out.Publish(ctx, transport.Message{Topic: "hub/7/alarm", Lane: "alarm", Payload: p})
//	// stored; r.Delivered(ctx) waits for the broker
//
// # Concepts
//
// A [Lane] is a queue with its own files, priority, durability and rule for
// when it is full. [Outbox.Publish] appends to a lane; producers that publish
// at the same time share one write and one sync. [Outbox.Run] connects through
// a [Dialer] and sends, lanes of higher priority first, with a window of packets
// in flight. An acknowledgement moves the lane's mark, which is stored in the
// same files a little later, and files that the mark has passed are deleted.
// When a connection ends, the next begins at the lowest message that was not
// acknowledged. [Outbox.Subscribe] and [Outbox.Conn] are for the other
// direction and for protocols of request and answer; neither touches the disk.
//
// Lanes of one priority share the link by Weight. Rate, DailyBytes and Window
// hold a lane back, and Batch makes its packets fewer: telemetry may go once a
// night over a metered link while alarms go at once. A lane that fills up tells
// producers by its [Level], and what it drops can be read from [Outbox.Drops].
//
// Epoch, lane and sequence ([Receipt]) identify a message for the life of the
// directory. MQTT 3.1.1 has no place for it: a lane with Envelope puts it in the
// payload, and a consumer that must not act twice asks a [Dedup].
//
// # Promises
//
//  1. What Publish accepted in a lane with SyncAlways arrives at the broker,
//     whatever processes are killed (TestKilled) and at whichever call to the
//     disk the power goes (TestPowerCut, and TestCrashAtEveryCall in
//     internal/seglog), unless a rule of the lane drops it, which is counted
//     (TestFullLane, TestAgeAndExpiry). Publish returns after the data sync that
//     covers its record, and a file is deleted after the sync of the mark that
//     passes it (TestStrace).
//  2. It may arrive more than once: after the end of a connection what was in
//     flight, at most Options.Window packets (TestRestartsAtLowestUnacknowledged);
//     after a crash, besides, what was acknowledged since the marks were stored,
//     at most 256 packets over all lanes (TestKilled); a Close adds nothing to
//     that (TestRestartKeepsWhatIsPending).
//  3. On one connection a lane's messages arrive in the order in which they were
//     accepted, and a repetition begins at the lowest and goes on in order
//     (TestRestartsAtLowestUnacknowledged). AtMostOnce messages are apart, and a
//     message that was set aside and queued again is a new one.
//  4. An alarm passes all telemetry that is not yet in flight, and telemetry
//     cannot fill the window (TestAlarmOvertakes).
//  5. Every message is accounted for: Accepted = Acknowledged + Pending +
//     Dropped, for each lane, at every moment (checked after every test).
//  6. Acknowledged means that a PUBACK for that very packet was read from the
//     connection (TestHostileBroker and TestInFlightFailsWithTheSession in
//     package mqtt), and that the broker did not end the connection right after
//     it (TestPoison). What a broker acknowledges and throws away all the same
//     nobody can see over MQTT 3.1.1 (TestMosquittoDenies).
//  7. A connection that is dead is noticed, idle or busy (TestHalfOpen), as is a
//     broker that forgets a packet (TestAckTimeout); attempts to connect are
//     spread and bounded (TestBackoff).
//  8. A full or failing disk is an error to the producer and no more: what is
//     stored is still delivered (TestDiskFull, TestDiskFullAtEveryCall,
//     TestFailingDiskDoesNotStopDelivery), a lane with a Reserve still takes
//     messages (TestReserveTakesAlarms), and damage to a stored record costs that
//     record (TestEveryByte in internal/seglog).
//  9. Time without power ages nothing, whatever the wall clock says after it
//     (TestAgeAndExpiry).
//  10. A message whose sending ends the connection is set aside at the fourth
//     end, and the others keep their order (TestPoison, TestRejected); it is in
//     its lane or aside at every moment (TestPowerCutWhileSettingAside). A broker
//     or a network that comes and goes is not taken for one
//     (TestRestartsAreNoPoison).
//  11. A lane with a Reserve takes messages when the disk is full (TestTmpfs).
//  12. With Options.Keys nothing of a message is on the disk in the clear
//     (TestEncryptionAtRest), and nothing is dropped for want of a key
//     (TestWithoutTheKey in internal/seglog).
//  13. A session that asks to be replaced is, without a repetition (TestRenew).
//  14. The limits of a broker's Profile are held, and what could never be sent
//     is refused by Publish (TestProfileRate, TestProfileRefuses).
//
// # Disk
//
// A sync writes at least a block of 4 KiB. docs/transport.md has the arithmetic
// for SD cards. Between a crash of the process and a loss of power lies the page
// cache: only the second takes anything from SyncInterval and SyncNone.
//
// What is acknowledged is deleted a file at a time. A lane stores its
// acknowledgements even on a full disk, in room that its files keep for them,
// and so frees the disk by itself as the broker acknowledges. Files are readable
// by their owner only; with Options.Keys what they hold is encrypted ([KeyRing]).
//
// # Ownership
//
// Open starts no goroutine. Run starts all and returns when they have ended,
// handlers of subscriptions included, so a handler must end with its context.
// The one exception is a timer of SyncInterval, which Close stops and waits for.
// Close ends Run and waits for it, and so must not be called from a handler.
package transport
