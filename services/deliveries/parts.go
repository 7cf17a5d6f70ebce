package deliveries

import (
	"context"
	"slices"

	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/retail"
)

// partLines is how many lines of a delivery one transaction takes. Each is two rows, the line and the position; with the delivery and
// the name of its document or note that weighs 2*(2*450+2)+4 = 1,808 of the 2,004 that fit a batch of the engine.
const partLines = 450

// partsOfAnnouncement cuts an announcement: it goes on as amendments of what the first part announced.
func partsOfAnnouncement(cmd retail.AnnounceDelivery) ledger.Parts[retail.Delivery] {
	if len(cmd.Lines) <= partLines {
		return ledger.Parts[retail.Delivery]{First: cmd}
	}
	first := cmd
	first.Lines = cmd.Lines[:partLines]
	return ledger.Parts[retail.Delivery]{
		First: first,
		Rest: func(_ context.Context, d retail.Delivery) ([]retail.Command[retail.Delivery], error) {
			return amendments(retail.AmendDelivery{Delivery: d.ID, Location: d.Location, Lines: cmd.Lines}), nil
		},
	}
}

// partsOfAmendment cuts an amendment.
func partsOfAmendment(cmd retail.AmendDelivery) ledger.Parts[retail.Delivery] {
	if len(cmd.Lines) <= partLines {
		return ledger.Parts[retail.Delivery]{First: cmd}
	}
	first := cmd
	first.Lines = cmd.Lines[:partLines]
	return ledger.Parts[retail.Delivery]{
		First: first,
		Rest: func(context.Context, retail.Delivery) ([]retail.Command[retail.Delivery], error) {
			return amendments(retail.AmendDelivery{Delivery: cmd.Delivery, Location: cmd.Location, Lines: cmd.Lines}), nil
		},
	}
}

// amendments are the parts of an amendment after the first.
func amendments(cmd retail.AmendDelivery) []retail.Command[retail.Delivery] {
	var rest []retail.Command[retail.Delivery]
	from := partLines
	for lines := range slices.Chunk(cmd.Lines[partLines:], partLines) {
		part := cmd
		part.Transaction, part.Lines, part.Part = ledger.NewID(), lines, retail.Part{More: true, From: from}
		rest = append(rest, part)
		from += len(lines)
	}
	return rest
}

// partsOfReceipt cuts what arrived, by its lines; unresolved is why they are not known by their SKUs.
func partsOfReceipt(cmd retail.ReceiveDelivery, unresolved error) ledger.Parts[retail.Delivery] {
	if len(cmd.Lines) <= partLines {
		return ledger.Parts[retail.Delivery]{First: cmd}
	}
	first := cmd
	first.Lines = cmd.Lines[:partLines]
	return ledger.Parts[retail.Delivery]{
		First: first,
		Rest: func(context.Context, retail.Delivery) ([]retail.Command[retail.Delivery], error) {
			var rest []retail.Command[retail.Delivery]
			from := partLines
			for lines := range slices.Chunk(cmd.Lines[partLines:], partLines) {
				part := cmd
				part.Transaction, part.Lines, part.Part = ledger.NewID(), lines, retail.Part{More: true, From: from}
				rest = append(rest, part)
				from += len(lines)
			}
			return rest, unresolved
		},
	}
}
