//go:build pending

package retail

// Through takes the terms of the channel that promises: how long, and how much it keeps back.
func (c PlaceHold) Through(channel Channel) (PlaceHold, error) {
	if err := channel.mayServe(c.Location); err != nil {
		return c, err
	}
	if c.TimeToLive == 0 {
		c.TimeToLive = channel.HoldTime
	}
	c.Buffer = channel.SafetyBuffer
	return c, nil
}
