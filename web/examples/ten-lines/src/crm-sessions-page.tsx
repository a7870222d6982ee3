import { SessionBadge, useWhatsAppSession } from '@truesend/react';

export function WhatsAppSessionsPage() {
  const { sessions, verifyingSessionIds, connectionState, connect, disconnect, refreshSession } = useWhatsAppSession();

  return (
    <>
      {sessions.map((session) => (
        <article key={session.id}>
          <h3>{session.display_name}</h3>
          <SessionBadge session={session} verifying={verifyingSessionIds.has(session.id)} />
          {session.last_error && <p>{session.last_error}</p>}
          <button onClick={() => void connect(session.id)}>Connect</button>
          <button onClick={() => void disconnect(session.id)}>Disconnect</button>
          <button onClick={() => void refreshSession(session.id)}>Check</button>
        </article>
      ))}
      {connectionState.qrCode?.startsWith('data:') ? (
        <img src={connectionState.qrCode} alt="Scan this with WhatsApp" />
      ) : (
        <p>{connectionState.qrCode /* a text: give it to what draws QR codes in the CRM */}</p>
      )}
    </>
  );
}
