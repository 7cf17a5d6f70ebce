package app

import (
	"context"

	"github.com/aisle-retail/aisle/services/carrier"
	"github.com/aisle-retail/aisle/services/fulfilments"
)

// carrier is who is asked for labels of parcels; nil: nobody.
func (c *Config) carrier() carrier.Carrier {
	switch {
	case c.ParcelCarrier != nil:
		return c.ParcelCarrier
	case c.Carrier == "test":
		return carrier.NewPretend()
	}
	return nil
}

// newLabeller returns what asks the carrier for labels. It is there, and asks nobody, where none is set up.
func (s *Server) newLabeller() *fulfilments.Labeller {
	asked := s.config.carrier()
	if _, pretends := asked.(*carrier.Pretend); pretends {
		s.log.Warn("labels of parcels are pretended: nobody carries them")
	}
	l := fulfilments.NewLabeller(s.engine, s.db, s.db.Jobs(), asked, s.log)
	l.CrashAt(s.config.CarrierCrash)
	return l
}

// AskCarriers asks at once what was left without an answer, in tests.
func (s *Server) AskCarriers(ctx context.Context) error { return s.labeller.Ask(ctx, 0) }
