// Package replay reads recordings of sensors, plays them as sources, and
// writes them.
//
// A [Reader] goes through a CSV file row by row, in constant memory and without
// allocating for a row. [Options] say which columns are values, which are
// labels and which is the time, and in which [Unit] a column is written;
// delimiter, line ends and a byte order mark are recognized. [SKAB],
// [AstroPiMk1], [AstroPiMk2] and [SenseCSV] are Options for well-known
// recordings.
//
//	rows, err := replay.Open("valve1/0.csv", replay.SKAB())
//	if err != nil {
//		return err
//	}
//	defer rows.Close()
//	for row, err := range rows.All() {
//		if err != nil {
//			return err
//		}
//		use(row.At, row.Values, row.Labels)
//	}
//
// A [HATReader] does the same with the .hat recordings of python-sense-emu.
//
// # Playing
//
// A [Player] makes a [sensor.Source] of rows that keeps the recorded gaps, in
// real time, scaled, or without waiting; a [Loop] plays them again and again:
//
//	player, err := replay.NewPlayer(rows, replay.Values, &replay.PlayerOptions{Speed: 60})
//
// [Env] and [Motion] convert rows of a Sense HAT, which makes them the world of
// an emulated board, too: the drivers then read what was recorded, within a step
// of their chips.
//
// # Recording
//
// A [Recorder] writes CSV that a Reader reads back, a [HATRecorder] a .hat file.
// [Copy] makes one of the other. A [Log] is what package stage's Record wants in
// order to record a source while someone else reads it:
//
//	channels := sensor.EnvChannels()
//	rec, err := replay.NewRecorder(file, sensor.ChannelNames(channels), nil)
//	if err != nil {
//		return err
//	}
//	src, err := stage.NewRecord(dev, replay.NewLog(rec, channels), nil)
//
// # Errors and time
//
// What is wrong with a file is an [*Error] with the file, the line and the
// column. Nothing in a file makes the package panic.
//
// Time is package time's, and no goroutine is started: a Player waits on the
// goroutine that reads it, in simulated time within a testing/synctest bubble.
package replay
