package auditor

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	orderspb "github.com/aisle-retail/aisle/gen/go/aisle/orders/v1"
	stockpb "github.com/aisle-retail/aisle/gen/go/aisle/stock/v1"
)

// holding is a request for a hold, wherever it shall be.
type holding interface {
	GetChannel() string
	GetOwner() string
	GetLines() []*stockpb.HoldLine
	GetMethod() orderspb.FulfilmentMethod
	GetTimeToLive() *durationpb.Duration
}

func lasting(r holding) time.Duration { return r.GetTimeToLive().AsDuration() }

// away is a store, and how far it is.
type away struct {
	Location
	metres int64
}

// near are the stores within the radius of a question, nearest first. Distances are those on a sphere by the law of cosines.
func (s Shop) near(near *stockpb.Near) []away {
	latitude, longitude := near.GetLatitudeE7(), near.GetLongitudeE7()
	for _, l := range s.Locations {
		if l.Code == near.GetLocation() {
			latitude, longitude = l.LatitudeE7, l.LongitudeE7
		}
	}
	radius := near.GetRadiusMetres()
	if radius == 0 {
		radius = 50_000
	}
	angle := func(e7 int32) float64 { return float64(e7) * math.Pi / 1.8e9 }
	var all []away
	for _, l := range s.Locations {
		if l.Online || l.LatitudeE7 == 0 && l.LongitudeE7 == 0 {
			continue
		}
		cosine := math.Sin(angle(latitude))*math.Sin(angle(l.LatitudeE7)) +
			math.Cos(angle(latitude))*math.Cos(angle(l.LatitudeE7))*math.Cos(angle(l.LongitudeE7)-angle(longitude))
		if metres := int64(math.Round(6_371_008.8 * math.Acos(min(1, cosine)))); metres <= radius {
			all = append(all, away{l, metres})
		}
	}
	slices.SortFunc(all, func(a, b away) int { return int(a.metres - b.metres) })
	if most := near.GetMaxPlaces(); most > 0 {
		all = all[:min(int(most), len(all))]
	}
	return all
}

// isAt tells whether a distance is right to the metre: the law of cosines is not as fine as that where places are close.
func (a away) isAt(metres int64) bool { return a.metres-metres <= 1 && metres-a.metres <= 1 }

// hearPlaces holds the places of an answer against those that are near.
func (m *stockModel) hearPlaces(c *Call, near *stockpb.Near, places []*stockpb.Place) (codes []string) {
	want := m.shop.near(near)
	right := len(want) == len(places)
	for i, place := range want {
		codes = append(codes, place.Code)
		right = right && places[i].GetLocation() == place.Code && place.isAt(places[i].GetDistanceMetres())
	}
	if !right {
		m.find(ruleRead, []*Call{c}, nil, "GetAvailability finds %v around %v, and there are %v", places, near, want)
	}
	return codes
}

// fitsAt tells whether a place could hold what is asked for at some moment of a call, and whether it could not at another.
func (m *stockModel) fitsAt(c *Call, location string, r holding) (could, couldNot bool) {
	keeps := m.keeper(r.GetChannel())
	could = true
	for _, d := range holdDemands(location, r.GetLines(), r.GetMethod()) {
		if m.places[d.Position] == nil {
			m.place(d.Position).close()
		}
		steps, _ := m.places[d.Position].seen(c)
		short := func(s step[Level]) bool { return d.short(s.state, false, keeps) }
		could = could && slices.ContainsFunc(steps, func(s step[Level]) bool { return !short(s) })
		couldNot = couldNot || slices.ContainsFunc(steps, short)
	}
	return could, couldNot
}

// hearFound proves that no place that is nearer could have held it all the while that the hold was asked for, until somebody was
// told of it: a copy is told where it was found then, whatever has come to nearer places since.
func (m *stockModel) hearFound(c *Call, r *stockpb.FindAndHoldRequest, answer *stockpb.FoundHold) {
	of := m.requests[c.RequestID]
	made := &Call{Began: of.began, Ended: min(of.ended, c.Ended)}
	for _, place := range m.shop.near(r.GetNear()) {
		if place.Code == answer.GetHold().GetLocation() {
			if !place.isAt(answer.GetDistanceMetres()) {
				m.find(ruleAnswer, []*Call{c}, nil, "%s is %d metres away, and not %d", place.Code, place.metres, answer.GetDistanceMetres())
			}
			return
		}
		if _, couldNot := m.fitsAt(made, place.Code, r); !couldNot {
			m.find(ruleAnswer, []*Call{c}, []string{"hold/" + answer.GetHold().GetId()}, "%s is nearer than %s, and had all of %v all the while",
				place.Code, answer.GetHold().GetLocation(), r.GetLines())
		}
	}
	m.find(ruleAnswer, []*Call{c}, nil, "%s is not near %v", answer.GetHold().GetLocation(), r.GetNear())
}

// hearNowhere proves of a refusal that each place was short at some moment.
func (m *stockModel) hearNowhere(c *Call, r *stockpb.FindAndHoldRequest) {
	var had []string
	for _, place := range m.shop.near(r.GetNear()) {
		if _, couldNot := m.fitsAt(c, place.Code, r); !couldNot {
			had = append(had, place.Code)
		}
	}
	if len(had) > 0 {
		m.find(ruleRefusal, []*Call{c}, nil, "FindAndHold was refused with OUT_OF_STOCK for %s, and %s had it all the while", fmt.Sprint(r.GetLines()), strings.Join(had, ", "))
	}
}

// found is the answer of a search without its distance, which is heard later.
func found(want *stockpb.Hold, answer *stockpb.FoundHold) proto.Message {
	return &stockpb.FoundHold{Hold: want, DistanceMetres: answer.GetDistanceMetres()}
}
