using System.Globalization;
using JasperFx.Events;
using Mesh.Contracts.Events;
using Mesh.Contracts.Tracking;

namespace Mesh.Tracking.Experiments;

/// <summary>What other services are told of an experiment. Tags stay inside.</summary>
internal static class ExperimentIntegration
{
    public static IIntegrationEvent? ToIntegrationEvent(IEvent stored) => stored.Data is ExperimentEvent happened ? Map(NumberOf(stored.StreamKey!), happened) : null;

    private static IIntegrationEvent? Map(long number, ExperimentEvent happened) => happened switch
    {
        ExperimentEvent.Created e => new ExperimentCreated(number, e.Name),
        ExperimentEvent.Renamed e => new ExperimentRenamed(number, e.Name),
        ExperimentEvent.Deleted => new ExperimentDeleted(number),
        ExperimentEvent.Restored => new ExperimentRestored(number),
        _ => null,
    };

    private static long NumberOf(string key) => long.Parse(key.AsSpan(key.LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture);
}
