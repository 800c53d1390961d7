using System.Globalization;

namespace Mesh.Client.Script;

/// <summary>
/// A script that logs, for the tests that end it in the middle: logs so many values of <c>loss</c> to the run of its environment, says so, and does
/// as it is told: <c>wait</c> to be killed, <c>return</c> at once, or <c>throw</c>.
/// </summary>
public static class Program
{
    public static async Task Main(string[] args)
    {
        var mesh = MeshClient.FromEnvironment();
        var run = RunContext.Current(mesh);
        var count = int.Parse(args[0], CultureInfo.InvariantCulture);
        for (var step = 0; step < count; step++) run.LogMetric("loss", step, step);
        Console.WriteLine("logged");
        if (args[1] == "throw") throw new ArithmeticException("The loss diverged.");
        if (args[1] == "wait") await Task.Delay(Timeout.Infinite);
    }
}
