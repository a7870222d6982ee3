import mark from './favicon.svg';
import classes from './Wordmark.module.css';

/** The name, and the tick before it. */
export function Wordmark() {
  return (
    <span className={classes['wordmark']}>
      <img src={mark} alt="" width={24} height={24} />
      Truesend
    </span>
  );
}
