using System.Globalization;
using Mesh.Contracts.Functions;

namespace Mesh.Functions.Distributed;

/// <summary>Where the replicas of a gang listen, by node; the first leads.</summary>
internal sealed record GangAddresses(IReadOnlyList<(string Host, int Port)> Nodes)
{
    private const string Loopback = "127.0.0.1";

    /// <summary>Where the leader listens.</summary>
    public (string Host, int Port) Leader => Nodes[0];

    /// <summary>How many ports a gang needs on one machine.</summary>
    public static int PortsOf(GangPlan plan) => plan.Framework switch
    {
        TrainingFramework.Tensorflow => plan.Replicas.Count,
        TrainingFramework.Xgboost => Math.Min(2, plan.Replicas.Count),
        _ => 1,
    };

    /// <summary>
    /// The addresses of a gang on one machine. TensorFlow names a port for each replica; the contract of XGBoost and LightGBM has one port for all workers,
    /// so each worker has a loopback address of its own.
    /// </summary>
    public static GangAddresses On(GangPlan plan, IReadOnlyList<int> ports) => new([.. plan.Replicas.Select((_, node) => plan.Framework switch
    {
        TrainingFramework.Tensorflow => (Loopback, ports[node]),
        TrainingFramework.Xgboost when node > 0 => (string.Create(CultureInfo.InvariantCulture, $"127.0.{node / 250}.{(node % 250) + 1}"), ports[1]),
        _ => (Loopback, ports[0]),
    })]);
}
