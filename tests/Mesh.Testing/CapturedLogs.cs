using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mesh.Testing;

/// <summary>One line that was logged.</summary>
public sealed record LoggedLine(LogLevel Level, string Category, string Message, Exception? Fault);

/// <summary>Keeps what a host logs, for tests that ask whether something was logged, or that nothing was.</summary>
public sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LoggedLine> _lines = new();

    /// <summary>Everything so far, oldest first.</summary>
    public IReadOnlyCollection<LoggedLine> Lines => _lines;

    /// <summary>What was logged as an error or worse about a place: its message names it, or it is the web server's and could be about any.</summary>
    public IReadOnlyList<LoggedLine> ErrorsAbout(string place) =>
    [
        .. _lines.Where(line => line.Level >= LogLevel.Error
            && (line.Message.Contains(place, StringComparison.Ordinal) || line.Category.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal))),
    ];

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(_lines, categoryName);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Logger(ConcurrentQueue<LoggedLine> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) lines.Enqueue(new LoggedLine(logLevel, category, formatter(state, exception), exception));
        }
    }
}
